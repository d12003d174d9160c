#include "kept_connection.hpp"

namespace baton::test {

raw_client& kept_connection::ready() {
  if (client_ && client_->poll_end() != ending::open) {
    account_.add(parting::closed_idle);
    drop();
  }
  reused_ = client_ != nullptr;
  if (!client_) client_ = std::make_unique<raw_client>(where_);
  return *client_;
}

void kept_connection::after(const reply& last) {
  if (!last.closes()) return;
  account_.add(parting::announced);
  drop();
}

}  // namespace baton::test
