#include "fsm/connection_fsm.hpp"

namespace baton::fsm {

using phase = connection_phase;
using action = connection_action;

std::string_view to_string(connection_phase p) noexcept {
  switch (p) {
    case phase::handshake:
      return "handshake";
    case phase::fresh:
      return "fresh";
    case phase::head:
      return "head";
    case phase::body:
      return "body";
    case phase::handling:
      return "handling";
    case phase::answering:
      return "answering";
    case phase::discarding:
      return "discarding";
    case phase::idle:
      return "idle";
    case phase::lingering:
      return "lingering";
    case phase::upgraded:
      return "upgraded";
    case phase::closed:
      return "closed";
  }
  return "?";
}

connection_state connection_fsm::state() const noexcept {
  switch (phase_) {
    case phase::handshake:
    case phase::fresh:
      return connection_state::fresh;
    case phase::idle:
      return connection_state::idle;
    case phase::upgraded:
      return connection_state::upgraded;
    case phase::closed:
      return connection_state::closed;
    case phase::lingering:
      return upgrading_ ? connection_state::upgraded : connection_state::active;
    default:
      return connection_state::active;
  }
}

connection_deadline connection_fsm::deadline() const noexcept {
  switch (phase_) {
    case phase::handshake:
      return connection_deadline::handshake;
    case phase::fresh:
    case phase::head:
      return connection_deadline::head;
    case phase::body:
    case phase::discarding:
      return connection_deadline::body;
    case phase::answering:
      return connection_deadline::write;
    case phase::idle:
      return connection_deadline::idle;
    case phase::lingering:
      return connection_deadline::linger;
    case phase::handling:
    case phase::upgraded:
    case phase::closed:
      break;
  }
  return connection_deadline::none;
}

connection_fsm connection_fsm::moved(connection_phase at, std::uint64_t requests,
                                     std::uint64_t request_limit) noexcept {
  connection_fsm machine{request_limit};
  machine.phase_ = at;
  machine.requests_ = requests;
  return machine;
}

action connection_fsm::close() noexcept {
  phase_ = phase::closed;
  return action::close;
}

action connection_fsm::handshake_failed() noexcept {
  if (phase_ != phase::handshake) return action::none;
  phase_ = phase::lingering;
  return action::linger;
}

action connection_fsm::bytes_received() noexcept {
  if (!silent()) return action::none;
  phase_ = phase::head;
  return action::parse;
}

action connection_fsm::head_complete(bool collect_body) noexcept {
  ++requests_;
  phase_ = collect_body ? phase::body : phase::handling;
  return collect_body ? action::collect : action::dispatch;
}

action connection_fsm::body_complete() noexcept {
  if (phase_ == phase::body) {
    phase_ = phase::handling;
    return action::dispatch;
  }
  if (phase_ == phase::discarding) {
    phase_ = phase::idle;
    return action::resume;
  }
  return action::none;
}

action connection_fsm::refused() noexcept {
  refusal_ = 0;
  if (phase_ == phase::head || phase_ == phase::body || phase_ == phase::fresh || phase_ == phase::idle) {
    phase_ = phase::answering;
    closing_ = true;
    return action::answer;
  }
  if (phase_ == phase::discarding) {
    phase_ = phase::lingering;
    return action::linger;
  }
  return action::none;
}

action connection_fsm::end_of_file() noexcept {
  switch (phase_) {
    case phase::body:
      phase_ = phase::answering;
      closing_ = true;
      refusal_ = 400;
      return action::answer;
    case phase::handling:
    case phase::answering:
    case phase::upgraded:
      return action::none;  // the writer will find out
    case phase::closed:
      return action::none;
    default:
      return close();
  }
}

action connection_fsm::deadline_passed() noexcept {
  switch (phase_) {
    case phase::idle:
      return action::probe;
    case phase::fresh:
      return draining() ? action::probe : close();
    case phase::head:
    case phase::body:
      phase_ = phase::answering;
      closing_ = true;
      refusal_ = 408;
      return action::answer;
    case phase::discarding:
      phase_ = phase::lingering;
      return action::linger;
    case phase::closed:
      return action::none;
    default:
      return close();
  }
}

bool connection_fsm::answer_closes(const answer_facts& facts) noexcept {
  if (!facts.client_keeps_alive || facts.handler_closes) return true;
  if (facts.body_unread && !facts.body_discardable) return true;
  if (request_limit_ != 0 && requests_ >= request_limit_) return true;
  if (!draining() || drain_ == drain_manner::transfer_idle) return false;
  if (!facts.more_input) return true;
  return ++answered_in_drain_ > drain_pipeline_limit;
}

void connection_fsm::answered(bool closes, bool body_unread) noexcept {
  if (phase_ == phase::closed) return;
  phase_ = phase::answering;
  closing_ = closes;
  body_unread_ = body_unread;
}

void connection_fsm::answered_upgrade() noexcept {
  if (phase_ == phase::closed) return;
  phase_ = phase::answering;
  upgrading_ = true;
}

bool connection_fsm::pipelined() noexcept {
  if (phase_ != phase::answering || closing_ || upgrading_ || body_unread_) return false;
  phase_ = phase::head;
  return true;
}

action connection_fsm::flushed(bool quiet) noexcept {
  if (phase_ != phase::answering) return action::none;
  if (upgrading_) {
    phase_ = phase::upgraded;
    return action::tunnel;
  }
  if (closing_) {
    if (quiet) return close();
    phase_ = phase::lingering;
    return action::linger;
  }
  if (body_unread_) {
    body_unread_ = false;
    phase_ = phase::discarding;
    return action::discard;
  }
  phase_ = phase::idle;
  return action::resume;
}

action connection_fsm::end_of_tunnel() noexcept {
  if (phase_ != phase::upgraded) return action::none;
  phase_ = phase::lingering;
  return action::linger;
}

action connection_fsm::abort() noexcept {
  return phase_ == phase::closed ? action::none : close();
}

action connection_fsm::drain(drain_manner manner, bool settled) noexcept {
  drain_ = manner;
  if (departing()) return action::depart;
  return silent() && settled && manner == drain_manner::close_idle ? action::probe : action::none;
}

void connection_fsm::undrain() noexcept {
  drain_ = drain_manner::none;
  answered_in_drain_ = 0;
}

action connection_fsm::probed(bool bytes, bool farewell) noexcept {
  if (bytes || !silent()) return action::none;
  if (!farewell) return close();
  phase_ = phase::lingering;
  return action::linger;
}

}  // namespace baton::fsm
