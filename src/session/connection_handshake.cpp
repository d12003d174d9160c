// The TLS handshake, before the first request: waits for the client's first bytes, then for a turn
// (handshake_queue.hpp), then goes to and fro. One deadline spans all of it.
#include "session/connection.hpp"

#include <exception>
#include <utility>

#include "base/log.hpp"
#include "session/worker_context.hpp"

namespace baton::session {

using net::handshake_step;

// TLS connections and those that are redirected stay with their process.
fsm::drain_manner connection::own_manner(fsm::drain_manner manner) const noexcept {
  const bool moves = !from_.info.secure && !from_.redirects;
  return manner == fsm::drain_manner::transfer_idle && !moves ? fsm::drain_manner::linger_idle : manner;
}

void connection::await_hello() {
  fsm_.begin_handshake();
  arm_phase_deadline();
  publish_state();
  await_handshake(false);
}

void connection::await_handshake(bool writes) {
  reading_ = true;
  ++holds_;
  const auto ready = [this](const boost::system::error_code& error) { on_handshake(error); };
  if (writes) {
    transport_->async_wait_writable(ready);
  } else {
    transport_->async_wait_readable(ready);
  }
}

void connection::on_handshake(const boost::system::error_code& error) {
  const hold keep{*this};
  --holds_;
  reading_ = false;
  if (fsm_.closed()) return;
  if (fsm_.phase() == fsm::connection_phase::lingering) return wait_lingering();
  if (error) {
    obey(fsm_.abort());
    return publish_state();
  }
  try {
    if (turn_) return go_on_with_handshake();
    turn_ = std::make_unique<handshake_turn>(*this);
    if (worker_.handshakes().enter(*turn_, worker_.handshake_limit())) begin_handshake();
  } catch (const std::exception& failure) {
    out_of_memory(failure);
  }
}

// The client's first bytes are here, and it is this connection's turn.
void connection::begin_handshake() {
  const hold keep{*this};
  try {
    if (const auto& context = worker_.tls()) {
      transport_->secure(context, worker_.tls_memory());
      return go_on_with_handshake();
    }
    obey(fsm_.abort());  // a reload has taken TLS away
  } catch (const std::exception& failure) {
    out_of_memory(failure);
  }
  publish_state();
}

void connection::go_on_with_handshake() {
  const handshake_step step = transport_->handshake();
  switch (step) {
    case handshake_step::wants_read:
      return await_handshake(false);
    case handshake_step::wants_write:
      return await_handshake(true);
    case handshake_step::done:
      return handshake_done();
    case handshake_step::failed:
    case handshake_step::plain_http:
      break;
  }
  log::debug("{}: no TLS handshake: {}", info().peer(), transport_->tls()->failure());
  end_turn();
  if (step == handshake_step::plain_http) transport_->refuse_plain_http();
  obey(fsm_.handshake_failed());
  publish_state();
}

void connection::handshake_done() {
  const net::tls_session& tls = *transport_->tls();
  from_.info.handshake =
      std::make_shared<const tls_facts>(tls_facts{tls.client_subject(), tls.server_name(), tls.description()});
  worker_counters& counters = worker_.counters();
  (tls.resumed() ? counters.resumed : counters.handshakes).add();
  fsm_.secured();
  end_turn();
  phase_since_ = worker_.wheel().now();
  arrive();
}

// However it has ended; without `handshake_done` it has failed.
void connection::end_turn() noexcept {
  if (!turn_) return;
  if (fsm_.phase() != fsm::connection_phase::fresh) worker_.counters().failed_handshakes.add();
  turn_.reset();
  worker_.handshake_ended();
}

}  // namespace baton::session
