// Every connection of one worker, counted by state. Owns them: a connection that has closed and that
// nothing refers to any more tells its registry, which destroys it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include <boost/intrusive/list.hpp>

#include <baton/connection_info.hpp>

#include "base/gate.hpp"
#include "fsm/connection_fsm.hpp"
#include "session/connection_summary.hpp"

namespace baton::session {

class connection;

using registry_hook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::safe_link>>;

/// One thread, except where said.
class connection_registry {
 public:
  connection_registry();
  ~connection_registry();
  connection_registry(const connection_registry&) = delete;
  connection_registry& operator=(const connection_registry&) = delete;

  /// Takes it in and starts it. One that comes during a drain (the kernel had accepted it) is drained
  /// as the others are.
  void enter(std::unique_ptr<connection> c);
  /// Destroys it.
  void leave(connection& c) noexcept;

  void state_changed(connection_state from, connection_state to) noexcept;

  /// Destroys it, but counts it as here until `departed` says that it has arrived elsewhere: a drain
  /// waits for that.
  void depart(connection& c) noexcept;
  void departed();
  /// Instead of `departed`: it has come back.
  void come_back(std::unique_ptr<connection> c);

  /// Something that is no connection, for which a drain waits all the same.
  void enter_other() noexcept { gate_.enter(); }
  void leave_other() { gate_.leave(); }

  /// A drain begins; `empty` is called once, when none is left. Again only after `undrain`. The connections are told
  /// by `drain_some`: to tell a hundred thousand of them takes so long that others should have their turn meanwhile.
  void drain(fsm::drain_manner manner, std::function<void()> empty);
  /// Tells the next `count` of those that were here when the drain began. False: all have been told.
  bool drain_some(std::size_t count);
  /// Calls the drain off: the connections go on as if it had not been, and `empty` is not called any more.
  void undrain();
  [[nodiscard]] bool draining() const noexcept { return manner_ != fsm::drain_manner::none; }
  /// Closes every connection now.
  void close_all();

  /// At most `limit` of them, the oldest first.
  [[nodiscard]] std::vector<connection_summary> describe(std::size_t limit) const;

  /// Any thread; may be a moment old.
  [[nodiscard]] std::size_t count(connection_state state) const noexcept;
  [[nodiscard]] connection_counts counts() const noexcept;
  [[nodiscard]] bool empty() const noexcept { return gate_.count() == 0; }
  /// Sheds every connection; see connection::shed.
  void shed() noexcept;

 private:
  struct list;
  void enter(std::unique_ptr<connection> c, fsm::drain_manner manner);
  void count_change(connection_state state, std::ptrdiff_t by) noexcept;
  void take_out(connection& c) noexcept;
  [[nodiscard]] connection* behind(connection& c) noexcept;

  std::unique_ptr<list> connections_;
  std::size_t away_ = 0;  // departed, and not known to have arrived
  gate gate_;
  fsm::drain_manner manner_ = fsm::drain_manner::none;
  connection* untold_ = nullptr;                        // the next one to be told of the drain
  connection* newcomer_ = nullptr;                      // the first one that has come during it, and knows
  std::array<std::atomic<std::size_t>, 5> by_state_{};  // written by one thread, read by any
};

}  // namespace baton::session
