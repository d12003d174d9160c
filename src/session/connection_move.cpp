// A connection that waits for bytes leaves for another process, or comes from one. Its client notices
// nothing: no byte is read on the way, what had been read goes along, and what comes meanwhile waits in
// the kernel.
//
// It leaves when nothing refers to it any more: a read that is under way is cancelled first, and should
// it come back with bytes after all, they are served here and it leaves after the answer.
#include "session/connection.hpp"

#include <exception>
#include <utility>

#include "base/log.hpp"
#include "session/worker_context.hpp"

namespace baton::session {

using fsm::connection_phase;
using net::moving_stage;
using std::chrono::milliseconds;

namespace {

connection_phase phase_of(moving_stage stage) noexcept {
  switch (stage) {
    case moving_stage::fresh:
      return connection_phase::fresh;
    case moving_stage::idle:
      return connection_phase::idle;
    case moving_stage::head:
      break;
  }
  return connection_phase::head;
}

moving_stage stage_of(connection_phase phase) noexcept {
  if (phase == connection_phase::fresh) return moving_stage::fresh;
  return phase == connection_phase::idle ? moving_stage::idle : moving_stage::head;
}

}  // namespace

connection::connection(worker_context& worker, net::moving_connection moved, connection_origin from)
    : worker_{worker},
      accepted_at_{worker.wheel().now() - moved.age},
      from_{std::move(from)},
      transport_{std::in_place, worker.io(), std::move(moved.socket), moved.family, net::sharing::perhaps_shared},
      fsm_{fsm::connection_fsm::moved(phase_of(moved.stage), moved.requests, worker.settings().limits.requests)},
      phase_since_{worker.wheel().now() - moved.waited} {
  if (!moved.bytes.empty()) work().in.append(moved.bytes);
}

// The first reading, of a new connection or of one that has moved. A silent one that has moved needs no
// workspace until something comes.
void connection::arrive() {
  publish_state();
  arm_phase_deadline();
  if (fsm_.phase() == connection_phase::head) {
    const net::wheel_time began = phase_since_;
    serve();
    if (fsm_.phase() != connection_phase::head) return;
    phase_since_ = began;
    arm_phase_deadline();
  } else if (work_ || fsm_.requests() == 0) {
    ++holds_;
    worker_.rearm_later(*this);  // by then more of what was accepted together has been sent its request
  } else {
    park();
  }
}

void connection::await_bytes() {
  if (departs()) return;
  if (waits_bare()) return park();
  arm_read();
}

// True: it leaves as soon as the holds are gone, and nothing further is to be begun.
bool connection::departs() noexcept {
  if (!fsm_.departing()) return false;
  departing_ = true;
  worker_.wheel().disarm(*this);
  if (reading_ || watching_) transport_->cancel();
  return true;
}

void connection::leave_for_successor() noexcept {
  try {
    if (!work_ || work_->in.bytes().size() <= net::max_moving_bytes) {
      net::moving_connection leaving = packed();
      worker_.prepare_departure();
      // From here on nothing throws.
      leaving.socket = transport_->release();
      departed_ = true;
      publish(connection_state::closed);
      return worker_.depart(*this, std::move(leaving));
    }
  } catch (const std::exception& error) {
    log::warning("{}: the connection stays with this process: {}", info().peer(), error.what());
  }
  departing_ = false;
  const hold keep{*this};
  fsm_.stay();
  arm_phase_deadline();
  try {
    arm_read();
  } catch (const std::exception& error) {
    out_of_memory(error);
  }
}

net::moving_connection connection::packed() {
  const auto since = [now = worker_.wheel().now()](net::wheel_time then) {
    return std::chrono::duration_cast<milliseconds>(now - then);
  };
  net::moving_connection result;
  result.family = transport_->family();
  result.stage = stage_of(fsm_.phase());
  result.id = info().id;
  result.peer = info().peer();
  result.local = info().local();
  result.peer_group = from_.peer.bits;
  result.peer_counted = from_.peer.counted;
  result.requests = fsm_.requests();
  result.age = since(accepted_at_);
  result.waited = since(phase_since_);
  if (work_) result.bytes = work_->in.bytes();
  return result;
}

}  // namespace baton::session
