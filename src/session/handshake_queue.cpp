#include "session/handshake_queue.hpp"

#include <utility>

namespace baton::session {

void handshake_turn::end() noexcept {
  if (is_linked()) unlink();
  if (handshake_queue* const had = std::exchange(has_, nullptr)) --had->under_way_;
}

bool handshake_queue::enter(handshake_turn& turn, std::size_t limit) noexcept {
  if (under_way_ >= limit) {
    waiting_.push_back(turn);
    return false;
  }
  ++under_way_;
  turn.has_ = this;
  return true;
}

connection* handshake_queue::next(std::size_t limit) noexcept {
  if (waiting_.empty() || under_way_ >= limit) return nullptr;
  handshake_turn& turn = waiting_.front();
  waiting_.pop_front();
  ++under_way_;
  turn.has_ = this;
  return &turn.owner();
}

}  // namespace baton::session
