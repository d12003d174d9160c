// Keeps the admin listener informed: takes a picture of the counts every second, and posts the status to the board at
// each change. Does nothing, and has no timer, where there is no admin listener.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "server/admin_server.hpp"
#include "server/metrics_text.hpp"
#include "server/metrics_totals.hpp"
#include "server/own_metrics.hpp"
#include "server/reloader.hpp"
#include "server/server_core.hpp"
#include "server/status_board.hpp"
#include "server/status_report.hpp"
#include "server/traffic_window.hpp"

namespace baton {

/// What the program's numbers are kept in; made before the server and gone after it.
struct metric_sources {
  metrics_totals& totals;
  const own_metrics& own;
};

/// The control thread's.
class admin_service {
 public:
  /// `report`: asked at each change and every second.
  admin_service(boost::asio::io_context& context, server_core& core, const metric_sources& sources,
                std::function<status_report()> report);

  /// Opens the listener, if one is configured. Once. Throws as open_admin_socket does.
  void open(const options& settings, upgrade::inherited_listeners& inherited);
  /// The part of a reload that changes `admin`.
  [[nodiscard]] reload_part part();
  [[nodiscard]] admin_server& listener() noexcept { return server_; }
  [[nodiscard]] const admin_server& listener() const noexcept { return server_; }

  /// A phase has begun, or the process wants no more clients.
  void changed(phase now, bool ready);
  /// Something else has.
  void changed();
  [[nodiscard]] bool ready() const noexcept { return board_->ready.load(); }

 private:
  void sample();
  void begin();
  [[nodiscard]] std::string metrics() const;

  server_core& core_;
  const metric_sources sources_;
  const std::function<status_report()> report_;
  const std::shared_ptr<status_board> board_ = std::make_shared<status_board>();
  boost::asio::steady_timer timer_;
  traffic_window traffic_;
  bool sampling_ = false;
  std::string version_;      // constant once `begin` has run
  unsigned generation_ = 1;  // as above
  std::chrono::system_clock::time_point started_;
  admin_server server_;  // last: its worker reads all of the others that are constant
};

}  // namespace baton
