// The old process's part of the state hand-over: has everything saved on a thread of its own, while requests
// are served, and sends it. A `save` that never returns holds up its upgrade until `upgrade.timeout` and
// every later one, but no request.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "os/error.hpp"
#include "upgrade/counter_link.hpp"
#include "upgrade/side_thread.hpp"
#include "upgrade/state_registry.hpp"

namespace baton::upgrade {

/// One thread: the one that runs the io_context.
class state_sender {
 public:
  state_sender(boost::asio::io_context& context, state_registry& registry) : registry_{registry}, thread_{context} {}
  /// Ends a `save` that is running at its next piece and waits for it, some seconds at most: what it reads
  /// may go next.
  ~state_sender();
  state_sender(const state_sender&) = delete;
  state_sender& operator=(const state_sender&) = delete;

  /// Saves at most `limit` bytes and sends it all: blobs, then the values of the counters, then the end with
  /// what went wrong, if anything did. 0: no blob, only the counters.
  void send(std::uint64_t limit, other_end to);

  /// Nobody waits for it any more.
  void abandon() noexcept;

 private:
  using blobs_or_error = os::result<std::vector<state_blob>>;
  void saved(blobs_or_error blobs, const other_end& to);

  state_registry& registry_;
  side_thread thread_;
  std::stop_source stop_{std::nostopstate};
};

}  // namespace baton::upgrade
