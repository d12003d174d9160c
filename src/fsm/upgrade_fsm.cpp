#include "fsm/upgrade_fsm.hpp"

#include <utility>

namespace baton::fsm {

std::string_view to_string(upgrade_state state) noexcept {
  switch (state) {
    case upgrade_state::not_serving:
      return "not_serving";
    case upgrade_state::succeeding:
      return "succeeding";
    case upgrade_state::guarded:
      return "guarded";
    case upgrade_state::dismissing:
      return "dismissing";
    case upgrade_state::idle:
      return "idle";
    case upgrade_state::preparing:
      return "preparing";
    case upgrade_state::checking:
      return "checking";
    case upgrade_state::starting:
      return "starting";
    case upgrade_state::killing:
      return "killing";
    case upgrade_state::closing:
      return "closing";
    case upgrade_state::handed_over:
      return "handed_over";
    case upgrade_state::losing:
      return "losing";
    case upgrade_state::retiring:
      return "retiring";
    case upgrade_state::succeeded:
      return "succeeded";
    case upgrade_state::closed:
      return "closed";
  }
  return "?";
}

std::string_view to_string(upgrade_event event) noexcept {
  switch (event) {
    case upgrade_event::serving:
      return "serving";
    case upgrade_event::predecessor_drained:
      return "predecessor_drained";
    case upgrade_event::predecessor_gone:
      return "predecessor_gone";
    case upgrade_event::requested:
      return "requested";
    case upgrade_event::prepared:
      return "prepared";
    case upgrade_event::vetoed:
      return "vetoed";
    case upgrade_event::check_passed:
      return "check_passed";
    case upgrade_event::check_failed:
      return "check_failed";
    case upgrade_event::spawn_failed:
      return "spawn_failed";
    case upgrade_event::ready:
      return "ready";
    case upgrade_event::child_failed:
      return "child_failed";
    case upgrade_event::child_stopping:
      return "child_stopping";
    case upgrade_event::roll_back:
      return "roll_back";
    case upgrade_event::channel_closed:
      return "channel_closed";
    case upgrade_event::child_exited:
      return "child_exited";
    case upgrade_event::timed_out:
      return "timed_out";
    case upgrade_event::finished:
      return "finished";
    case upgrade_event::drain_begun:
      return "drain_begun";
  }
  return "?";
}

std::string_view to_string(upgrade_action action) noexcept {
  switch (action) {
    case upgrade_action::none:
      return "none";
    case upgrade_action::dismiss_predecessor:
      return "dismiss_predecessor";
    case upgrade_action::start_preparation:
      return "start_preparation";
    case upgrade_action::cancel_preparation:
      return "cancel_preparation";
    case upgrade_action::start_check:
      return "start_check";
    case upgrade_action::start_new:
      return "start_new";
    case upgrade_action::kill_child:
      return "kill_child";
    case upgrade_action::hand_over:
      return "hand_over";
    case upgrade_action::take_back:
      return "take_back";
    case upgrade_action::finish:
      return "finish";
    case upgrade_action::report_failure:
      return "report_failure";
    case upgrade_action::refuse:
      return "refuse";
  }
  return "?";
}

upgrade_step upgrade_fsm::on(upgrade_event event, std::string_view text) {
  switch (event) {
    case upgrade_event::serving:
      return serving_begins();
    case upgrade_event::predecessor_drained:
      if (state_ == upgrade_state::succeeding) state_ = upgrade_state::guarded;
      return {};
    case upgrade_event::predecessor_gone:
      return predecessor_went();
    case upgrade_event::requested:
      return request();
    case upgrade_event::drain_begun:
      return drain();
    case upgrade_event::child_exited:
      return child_ended(text);
    default:
      break;
  }
  switch (state_) {
    case upgrade_state::dismissing:
      if (event != upgrade_event::timed_out) return {};
      state_ = upgrade_state::guarded;
      return {upgrade_action::report_failure, "the previous generation does not leave"};
    case upgrade_state::preparing:
      return while_preparing(event, text);
    case upgrade_state::checking:
      return while_checking(event, text);
    case upgrade_state::starting:
      return while_starting(event, text);
    case upgrade_state::handed_over:
      return while_handed_over(event, text);
    case upgrade_state::retiring:
      if (event == upgrade_event::timed_out) return {upgrade_action::kill_child};
      return {};
    default:
      return {};
  }
}

upgrade_step upgrade_fsm::serving_begins() {
  if (state_ == upgrade_state::not_serving) {
    state_ = predecessor_ == predecessor::alive ? upgrade_state::succeeding : upgrade_state::idle;
  }
  return {};
}

upgrade_step upgrade_fsm::predecessor_went() {
  predecessor_ = predecessor::none;
  if (state_ == upgrade_state::dismissing) {
    state_ = upgrade_state::preparing;
    return {upgrade_action::start_preparation};
  }
  if (state_ == upgrade_state::succeeding || state_ == upgrade_state::guarded) state_ = upgrade_state::idle;
  return {};
}

upgrade_step upgrade_fsm::request() {
  const auto refused = [](std::string reason) { return upgrade_step{upgrade_action::refuse, std::move(reason)}; };
  switch (state_) {
    case upgrade_state::not_serving:
      return refused("this process does not serve yet");
    case upgrade_state::succeeding:
      return refused("the previous generation has not ended yet");
    case upgrade_state::dismissing:
    case upgrade_state::preparing:
    case upgrade_state::checking:
    case upgrade_state::starting:
    case upgrade_state::killing:
      return refused("an upgrade is running already");
    case upgrade_state::retiring:
      return refused("the generation that was taken back has not ended yet");
    case upgrade_state::handed_over:
    case upgrade_state::losing:
    case upgrade_state::succeeded:
      return refused("this process has handed over already");
    case upgrade_state::closing:
    case upgrade_state::closed:
      return refused("this process is draining");
    case upgrade_state::guarded:
      state_ = upgrade_state::dismissing;
      return {upgrade_action::dismiss_predecessor};
    case upgrade_state::idle:
      break;
  }
  state_ = upgrade_state::preparing;
  return {upgrade_action::start_preparation};
}

upgrade_step upgrade_fsm::drain() {
  switch (state_) {
    case upgrade_state::not_serving:
    case upgrade_state::succeeding:
    case upgrade_state::guarded:
    case upgrade_state::dismissing:
    case upgrade_state::idle:
    case upgrade_state::retiring:
      state_ = upgrade_state::closed;
      return {};
    case upgrade_state::preparing:
      state_ = upgrade_state::closed;
      return {upgrade_action::cancel_preparation};
    case upgrade_state::checking:
    case upgrade_state::starting:
      return kill(upgrade_state::closing, "this process is ending");
    case upgrade_state::killing:
      state_ = upgrade_state::closing;
      return {};
    default:
      return {};
  }
}

upgrade_step upgrade_fsm::while_preparing(upgrade_event event, std::string_view text) {
  switch (event) {
    case upgrade_event::prepared:
      state_ = upgrade_state::checking;
      return {upgrade_action::start_check};
    case upgrade_event::vetoed:
      return fail(std::string{text});
    default:
      return {};
  }
}

upgrade_step upgrade_fsm::while_checking(upgrade_event event, std::string_view text) {
  switch (event) {
    case upgrade_event::check_passed:
      state_ = upgrade_state::starting;
      return {upgrade_action::start_new};
    case upgrade_event::check_failed:
      return fail("the new binary refuses its configuration: it " + std::string{text});
    case upgrade_event::spawn_failed:
      return fail(std::string{text});
    case upgrade_event::timed_out:
      return kill(upgrade_state::killing, "the check of the configuration took too long");
    default:
      return {};
  }
}

upgrade_step upgrade_fsm::while_starting(upgrade_event event, std::string_view text) {
  switch (event) {
    case upgrade_event::ready:
      state_ = upgrade_state::handed_over;
      return {upgrade_action::hand_over};
    case upgrade_event::spawn_failed:
      return fail(std::string{text});
    case upgrade_event::child_failed:
      return kill(upgrade_state::killing, "the new process says: " + std::string{text});
    case upgrade_event::channel_closed:
      return kill(upgrade_state::killing, "the new process closed its channel before it was ready");
    case upgrade_event::timed_out:
      return kill(upgrade_state::killing, "the new process was not ready in time");
    default:
      return {};
  }
}

upgrade_step upgrade_fsm::while_handed_over(upgrade_event event, std::string_view text) {
  switch (event) {
    case upgrade_event::child_failed:
      return take_back(upgrade_state::retiring, "the new process says: " + std::string{text});
    case upgrade_event::roll_back:
      return take_back(upgrade_state::retiring, "a rollback was asked for by " + std::string{text});
    case upgrade_event::channel_closed:
      return kill(upgrade_state::losing, "the new process closed its channel");
    case upgrade_event::timed_out:
      return kill(upgrade_state::losing, "the new process gave no sign of life");
    case upgrade_event::child_stopping:
      state_ = upgrade_state::succeeded;
      return {upgrade_action::finish};
    case upgrade_event::finished:
      state_ = upgrade_state::succeeded;
      return {};
    default:
      return {};
  }
}

upgrade_step upgrade_fsm::child_ended(std::string_view how) {
  switch (state_) {
    case upgrade_state::starting:
      return fail("the new process " + std::string{how} + " before it was ready");
    case upgrade_state::killing:
      return fail(reason_ + "; it " + std::string{how});
    case upgrade_state::closing:
      state_ = upgrade_state::closed;
      return {upgrade_action::report_failure, reason_ + "; the new one " + std::string{how}};
    case upgrade_state::handed_over:
      return take_back(upgrade_state::idle, "the new process " + std::string{how} + " after it was ready");
    case upgrade_state::losing:
      return take_back(upgrade_state::idle, reason_ + "; it " + std::string{how});
    case upgrade_state::retiring:
      state_ = upgrade_state::idle;
      return {};
    default:
      return {};
  }
}

upgrade_step upgrade_fsm::fail(std::string reason) {
  state_ = upgrade_state::idle;
  return {upgrade_action::report_failure, std::move(reason)};
}

upgrade_step upgrade_fsm::kill(upgrade_state next, std::string reason) {
  state_ = next;
  reason_ = std::move(reason);
  return {upgrade_action::kill_child};
}

upgrade_step upgrade_fsm::take_back(upgrade_state next, std::string reason) {
  state_ = next;
  return {upgrade_action::take_back, std::move(reason)};
}

}  // namespace baton::fsm
