// Everything of the public API.
#pragma once

#include <baton/application.hpp>
#include <baton/background.hpp>
#include <baton/body_stream.hpp>
#include <baton/client_address.hpp>
#include <baton/connection_info.hpp>
#include <baton/event_stream.hpp>
#include <baton/file_content.hpp>
#include <baton/handler.hpp>
#include <baton/handover.hpp>
#include <baton/http_error.hpp>
#include <baton/metrics.hpp>
#include <baton/options.hpp>
#include <baton/plugin.hpp>
#include <baton/request.hpp>
#include <baton/request_values.hpp>
#include <baton/response.hpp>
#include <baton/route_options.hpp>
#include <baton/router.hpp>
#include <baton/server.hpp>
#include <baton/types.hpp>
#include <baton/upgrade_events.hpp>
