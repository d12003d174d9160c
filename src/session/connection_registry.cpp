#include "session/connection_registry.hpp"

#include <iterator>

#include "session/connection.hpp"

namespace baton::session {

struct connection_registry::list : boost::intrusive::list<connection, boost::intrusive::constant_time_size<false>> {};

connection_registry::connection_registry() : connections_{std::make_unique<list>()} {}

connection_registry::~connection_registry() {
  while (!connections_->empty()) {
    connections_->pop_front_and_dispose([this](connection* c) {
      delete c;
      gate_.leave();
    });
  }
  for (; away_ != 0; --away_) gate_.leave();
}

void connection_registry::enter(std::unique_ptr<connection> c) {
  enter(std::move(c), manner_);
}

void connection_registry::enter(std::unique_ptr<connection> c, fsm::drain_manner manner) {
  gate_.enter();
  count_change(connection_state::fresh, +1);
  connections_->push_back(*c);
  if (untold_ != nullptr && newcomer_ == nullptr) newcomer_ = c.get();
  c.release()->start(manner);
}

connection* connection_registry::behind(connection& c) noexcept {
  const auto next = std::next(connections_->iterator_to(c));
  return next == connections_->end() ? nullptr : &*next;
}

void connection_registry::take_out(connection& c) noexcept {
  if (newcomer_ == &c) newcomer_ = behind(c);
  if (untold_ == &c) untold_ = behind(c);
  connections_->erase_and_dispose(connections_->iterator_to(c), [](connection* gone) { delete gone; });
}

void connection_registry::leave(connection& c) noexcept {
  take_out(c);
  gate_.leave();
}

void connection_registry::departed() {
  --away_;
  gate_.leave();
}

void connection_registry::depart(connection& c) noexcept {
  ++away_;
  take_out(c);
}

void connection_registry::come_back(std::unique_ptr<connection> c) {
  // It could not move: not again in this drain.
  const bool lingers = manner_ == fsm::drain_manner::transfer_idle;
  enter(std::move(c), lingers ? fsm::drain_manner::linger_idle : manner_);
  departed();
}

void connection_registry::count_change(connection_state state, std::ptrdiff_t by) noexcept {
  std::atomic<std::size_t>& counter = by_state_[static_cast<std::size_t>(state)];
  counter.store(counter.load(std::memory_order_relaxed) + static_cast<std::size_t>(by), std::memory_order_relaxed);
}

void connection_registry::state_changed(connection_state from, connection_state to) noexcept {
  count_change(from, -1);
  if (to != connection_state::closed) count_change(to, +1);
}

void connection_registry::drain(fsm::drain_manner manner, std::function<void()> empty) {
  manner_ = manner;
  untold_ = connections_->empty() ? nullptr : &connections_->front();
  newcomer_ = nullptr;
  gate_.close(std::move(empty));
}

bool connection_registry::drain_some(std::size_t count) {
  for (; count != 0 && untold_ != newcomer_; --count) {
    connection& told = *untold_;
    untold_ = behind(told);
    told.drain(manner_);
  }
  if (untold_ == newcomer_) untold_ = newcomer_ = nullptr;
  return untold_ != nullptr;
}

void connection_registry::undrain() {
  manner_ = fsm::drain_manner::none;
  untold_ = newcomer_ = nullptr;
  gate_.reopen();
  for (auto i = connections_->begin(); i != connections_->end();) (i++)->undrain();
}

void connection_registry::close_all() {
  for (auto i = connections_->begin(); i != connections_->end();) (i++)->close();
}

void connection_registry::shed() noexcept {
  for (connection& c : *connections_) c.shed();
}

std::vector<connection_summary> connection_registry::describe(std::size_t limit) const {
  std::vector<connection_summary> all;
  for (const connection& c : *connections_) {
    if (all.size() == limit) break;
    if (auto one = c.summary(); one.state != connection_state::closed) all.push_back(std::move(one));
  }
  return all;
}

std::size_t connection_registry::count(connection_state state) const noexcept {
  return by_state_[static_cast<std::size_t>(state)].load(std::memory_order_relaxed);
}

connection_counts connection_registry::counts() const noexcept {
  return {count(connection_state::fresh), count(connection_state::active), count(connection_state::idle),
          count(connection_state::upgraded)};
}

}  // namespace baton::session
