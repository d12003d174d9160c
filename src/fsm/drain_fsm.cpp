#include "fsm/drain_fsm.hpp"

namespace baton::fsm {

std::string_view to_string(drain_phase phase) noexcept {
  switch (phase) {
    case drain_phase::serving:
      return "serving";
    case drain_phase::draining:
      return "draining";
    case drain_phase::drained:
      return "drained";
    case drain_phase::closed:
      return "closed";
  }
  return "?";
}

drain_actions drain_fsm::begin() noexcept {
  drain_actions actions;
  if (phase_ != drain_phase::serving) return actions;
  phase_ = drain_phase::draining;
  actions.release_acceptors = actions.tell_hooks = actions.drain_connections = true;
  return actions;
}

drain_actions drain_fsm::empty() noexcept {
  drain_actions actions;
  if (phase_ != drain_phase::draining) return actions;
  phase_ = drain_phase::drained;
  actions.report = true;
  return actions;
}

drain_actions drain_fsm::deadline_passed() noexcept {
  drain_actions actions;
  actions.report = phase_ == drain_phase::draining;
  return actions;
}

drain_actions drain_fsm::resume() noexcept {
  drain_actions actions;
  if (phase_ != drain_phase::draining && phase_ != drain_phase::drained) return actions;
  phase_ = drain_phase::serving;
  actions.resume = true;
  return actions;
}

drain_actions drain_fsm::close() noexcept {
  drain_actions actions;
  actions.release_acceptors = phase_ == drain_phase::serving;
  actions.close_connections = phase_ == drain_phase::serving || phase_ == drain_phase::draining;
  phase_ = drain_phase::closed;
  return actions;
}

}  // namespace baton::fsm
