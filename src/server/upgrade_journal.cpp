#include "server/upgrade_journal.hpp"

#include <utility>

#include "server/control_json.hpp"

namespace baton {

void upgrade_journal::begun(unsigned to) {
  running_ = true;
  began_ = std::chrono::steady_clock::now();
  entry_ = {};
  entry_.at = std::chrono::system_clock::now();
  entry_.from = generation_;
  entry_.to = to;
  entry_.by = asker_;
  outcome_ = {};
  save();
}

void upgrade_journal::save() {
  std::vector<history_entry> all = past_.entries();
  all.push_back(entry_);
  all.back().result = history_result::ready;
  std::string text = control_json::past(all);
  const std::lock_guard lock{mutex_};
  saved_ = std::move(text);
}

std::string upgrade_journal::saved() const {
  const std::lock_guard lock{mutex_};
  return saved_;
}

void upgrade_journal::restore(std::string_view saved) {
  for (history_entry& each : control_json::parse_past(saved)) past_.add(std::move(each));
  arriving_ = !past_.entries().empty();
}

void upgrade_journal::serving() {
  if (!std::exchange(arriving_, false)) return;
  const auto took = std::chrono::system_clock::now() - past_.entries().back().at;
  past_.entries().back().duration = std::chrono::duration_cast<std::chrono::milliseconds>(took);
}

void upgrade_journal::await_end(operation_callback done) {
  if (!done) return;
  if (!running_) return done(outcome_);
  waiting_.push_back(std::move(done));
}

void upgrade_journal::failed(std::string reason, std::vector<std::string> lines) {
  outcome_.failure = failure_report{std::move(reason), std::move(lines)};
  end(history_result::failed, 0);
}

void upgrade_journal::succeeded(pid_t child) {
  outcome_.pid = child;
  outcome_.generation = entry_.to;
  end(history_result::ready, 0);
}

// After `succeeded`, whose entry stays: both are true, each in its time.
void upgrade_journal::taken_back(std::string reason, std::size_t moved) {
  outcome_ = {};
  outcome_.failure = failure_report{std::move(reason), {}};
  end(history_result::taken_back, moved);
}

void upgrade_journal::arrived(std::size_t count) {
  for (history_entry& each : past_.entries()) {
    if (each.to == generation_ && each.result == history_result::ready) each.moved = count;
  }
}

void upgrade_journal::end(history_result how, std::size_t moved) {
  running_ = false;
  const auto took = std::chrono::steady_clock::now() - began_;
  outcome_.duration = std::chrono::duration_cast<std::chrono::milliseconds>(took);
  history_entry ended = entry_;
  ended.result = how;
  ended.duration = outcome_.duration;
  ended.moved = moved;
  if (outcome_.failure) ended.reason = outcome_.failure->reason;
  past_.add(std::move(ended));
  const operation_result outcome = outcome_;
  for (const auto& done : std::exchange(waiting_, {})) done(outcome);
}

}  // namespace baton
