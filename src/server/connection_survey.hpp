// Asks every worker for its connections and gathers the answers on the control thread. A worker that
// is blocked by a handler is not waited for longer than a second: the list is partial then, and says so.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>

#include "server/control_service.hpp"
#include "server/server_core.hpp"
#include "server/way_back.hpp"

namespace baton {

/// On `home`'s thread, which `back` leads to. `done` is called there once, with at most `limit`
/// connections in the order of acceptance, unless the way back is closed before.
void survey_connections(server_core& core, boost::asio::io_context& home, std::shared_ptr<way_back> back,
                        std::size_t limit, std::function<void(const connection_list&)> done);

}  // namespace baton
