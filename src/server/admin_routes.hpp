// The routes of the admin listener: `/` (the status page, live by `/events`), `/status.json`, `/metrics`, `/livez` and
// `/readyz`. They only read; there is nothing here that changes the server.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <baton/router.hpp>

#include "server/status_board.hpp"

namespace baton {

/// `metrics` makes the answer of /metrics, on the admin listener's worker.
[[nodiscard]] router admin_routes(std::shared_ptr<const status_board> board, std::function<std::string()> metrics);

}  // namespace baton
