#include "session/route_share.hpp"

namespace baton::session {

void worker_routes::replace(std::shared_ptr<const http::route_table> next) {
  replaced_.reserve(replaced_.size() + 1);
  std::unique_ptr<route_share> share = std::make_unique<route_share>(*this, std::move(next));
  share.swap(current_);
  replaced_.push_back(std::move(share));
  if (replaced_.back()->users_ == 0) unused_();
}

void worker_routes::sweep_replaced() noexcept {
  std::erase_if(replaced_, [](const std::unique_ptr<route_share>& share) { return share->users_ == 0; });
}

}  // namespace baton::session
