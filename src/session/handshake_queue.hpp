// How many TLS handshakes one worker has under way, and who waits for its turn. A connection takes its turn when the
// client's first bytes are here, so that one that says nothing costs no more than without TLS; what waits is bounded
// by `limits.connections`, and each waits no longer than its own deadline.
//
// Rejected: refusing what is over the limit. After a restart all clients come at once, and would be turned away in the
// very moment in which waiting helps.
#pragma once

#include <cstddef>

#include <boost/intrusive/list.hpp>

namespace baton::session {

class connection;

using handshake_hook = boost::intrusive::list_base_hook<boost::intrusive::tag<struct handshake_tag>,
                                                        boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// One who waits, or has a turn. Gives either back when it is destroyed.
class handshake_turn : public handshake_hook {
 public:
  explicit handshake_turn(connection& owner) noexcept : owner_{owner} {}
  handshake_turn(const handshake_turn&) = delete;
  handshake_turn& operator=(const handshake_turn&) = delete;
  ~handshake_turn() { end(); }

  [[nodiscard]] connection& owner() const noexcept { return owner_; }
  void end() noexcept;

 private:
  friend class handshake_queue;
  connection& owner_;
  class handshake_queue* has_ = nullptr;
};

/// One worker's.
class handshake_queue {
 public:
  /// True: it has its turn now. False: it waits.
  [[nodiscard]] bool enter(handshake_turn& turn, std::size_t limit) noexcept;
  /// The next that may begin, which has its turn then; null if there is none.
  [[nodiscard]] connection* next(std::size_t limit) noexcept;

  [[nodiscard]] bool waiting() const noexcept { return !waiting_.empty(); }
  [[nodiscard]] std::size_t under_way() const noexcept { return under_way_; }

 private:
  friend class handshake_turn;
  boost::intrusive::list<handshake_turn, boost::intrusive::base_hook<handshake_hook>,
                         boost::intrusive::constant_time_size<false>>
      waiting_;
  std::size_t under_way_ = 0;
};

}  // namespace baton::session
