#include "server/file_watch.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "os/descriptors.hpp"

namespace baton {
namespace {

constexpr std::chrono::milliseconds retry{250};  // after an action that could not be taken
constexpr std::chrono::seconds regularly{1};     // where there are no events
constexpr int patience_with_writers = 20;        // delays in which nothing is heard of one
constexpr int most_renewals = 5;                 // while the directories themselves are changing

watched_file::fitness fitness_of(watch_target::kind what) noexcept {
  return what == watch_target::kind::binary ? watched_file::fitness::executable : watched_file::fitness::any;
}

}  // namespace

std::string_view to_string(watch_target::kind what) noexcept {
  switch (what) {
    case watch_target::kind::binary:
      return "the binary";
    case watch_target::kind::config:
      return "the conf file";
    case watch_target::kind::plugin:
      return "the plugin";
    case watch_target::kind::certificate:
    case watch_target::kind::trigger:
      return "the file";
  }
  return "?";
}

file_watch::file_watch(boost::asio::io_context& context, std::vector<watch_target> targets,
                       std::chrono::milliseconds delay, action act)
    : delay_{delay}, act_{std::move(act)}, context_{context}, regular_{context} {
  for (watch_target& target : targets) {
    watched_file file{target.known, fitness_of(target.what)};
    entries_.push_back(
        std::make_unique<entry>(entry{std::move(target), file, boost::asio::steady_timer{context}, {}, false}));
  }
}

void file_watch::start() {
  if (running_ || entries_.empty()) return;
  running_ = true;
  auto opened = os::inotify::open();
  incomplete_ = !opened;
  if (opened) {
    inotify_ = std::move(*opened);
    auto own = os::duplicate(inotify_->descriptor());
    if (own) {
      readable_.emplace(context_, own->release());
      wait();
    }
    incomplete_ = !own;
    renew_watches();
  } else {
    log::warning("cannot watch files: {}; looking at them once a second", opened.error().text());
  }
  for (const auto& each : entries_) {
    log::info("watching {} {}", to_string(each->target.what), each->target.path);
  }
  look_regularly();
}

void file_watch::stop() {
  running_ = false;
  readable_.reset();
  inotify_.reset();
  watches_.clear();
  regular_.cancel();
  for (const auto& each : entries_) {
    each->quiet.cancel();
    each->steps.clear();
  }
}

void file_watch::wait() {
  readable_->async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
    if (error || !inotify_) return;
    take_events();
    if (readable_) wait();
  });
}

// One round of what is there: who writes without end must not keep the control thread.
void file_watch::take_events() {
  const auto events = inotify_->read();
  if (!events) {
    log::error("cannot read what has changed: {}; looking at everything", events.error().text());
    return lose_everything();
  }
  for (const auto& event : *events) take(event);
}

void file_watch::take(const os::directory_event& event) {
  using kind = os::directory_event::kind;
  if (event.what == kind::lost) return lose_everything();
  bool moved = false;
  for (const auto& each : entries_) {
    for (std::size_t i = 0; i < each->steps.size(); ++i) {
      const os::path_step& step = each->steps[i];
      const auto watch = watches_.find(step.directory);
      if (watch == watches_.end() || watch->second != event.watch) continue;
      if (event.what != kind::gone && event.name != step.name) continue;
      const bool own_name = i + 1 == each->steps.size() && event.what != kind::gone;
      const auto now = os::identify(each->target.path);
      if (own_name) {
        each->file.happened(event.what, now);
      } else if (event.what != kind::touched) {
        each->file.moved(now);
      }
      moved = moved || event.what == kind::gone || event.what == kind::made || event.what == kind::replaced;
      look_later(*each, delay_);
    }
  }
  if (moved) renew_watches();
}

void file_watch::lose_everything() {
  renew_watches();
  for (const auto& each : entries_) {
    each->file.moved(os::identify(each->target.path));
    look_later(*each, delay_);
  }
}

std::vector<std::vector<os::path_step>> file_watch::all_steps() const {
  std::vector<std::vector<os::path_step>> all;
  for (const auto& each : entries_) all.push_back(os::steps_along(each->target.path));
  return all;
}

// A way that changes between being followed and being watched is followed again.
void file_watch::renew_watches() {
  if (!inotify_) return;
  auto steps = all_steps();
  for (int round = 0; round < most_renewals; ++round) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i]->steps == steps[i]) continue;
      entries_[i]->steps = steps[i];
      entries_[i]->file.moved(os::identify(entries_[i]->target.path));
      look_later(*entries_[i], delay_);
    }
    std::map<std::string, int> renewed;
    watch_steps(renewed);
    watches_.swap(renewed);
    for (const auto& [directory, number] : renewed) {
      const bool still =
          std::any_of(watches_.begin(), watches_.end(), [&](const auto& w) { return w.second == number; });
      if (!still) inotify_->unwatch(number);
    }
    auto again = all_steps();
    if (again == steps) return;
    steps = std::move(again);
  }
}

// A directory that was replaced gets a new number, one that was not its old one.
void file_watch::watch_steps(std::map<std::string, int>& renewed) {
  for (const auto& each : entries_) {
    for (const auto& step : each->steps) {
      if (renewed.contains(step.directory)) continue;
      const auto number = inotify_->watch(step.directory);
      if (number) {
        renewed[step.directory] = *number;
      } else if (number.error().code.value() != ENOENT && !std::exchange(incomplete_, true)) {
        log::warning("cannot watch a directory: {}; looking at the files once a second", number.error().text());
        look_regularly();
      }
    }
  }
}

void file_watch::look_later(entry& which, std::chrono::milliseconds after) {
  which.told_unfit = false;
  which.quiet.expires_after(after);
  which.quiet.async_wait([this, &which](boost::system::error_code error) {
    if (!error && running_) look(which);
  });
}

void file_watch::look(entry& which) {
  switch (which.file.look(os::identify(which.target.path))) {
    case watched_file::verdict::nothing:
      return;
    case watched_file::verdict::unsure:
      return look_later(which, delay_);
    case watched_file::verdict::open:
      return wait_for_writer(which);
    case watched_file::verdict::unfit:
      return report_unfit(which);
    case watched_file::verdict::changed:
      if (!act_(which.target)) return look_later(which, retry);
      which.file.acted();
      return;
  }
}

// Any event restarts the timer with the usual delay.
void file_watch::wait_for_writer(entry& which) {
  which.quiet.expires_after(patience_with_writers * delay_);
  which.quiet.async_wait([this, &which](boost::system::error_code error) {
    if (error || !running_) return;
    which.file.written_off();
    look(which);
  });
}

void file_watch::report_unfit(entry& which) {
  if (std::exchange(which.told_unfit, true)) return;
  log::warning("{} {} has changed, but is no executable file; waiting for one", to_string(which.target.what),
               which.target.path);
}

void file_watch::look_regularly() {
  if (!incomplete_) return;
  regular_.expires_after(regularly);
  regular_.async_wait([this](boost::system::error_code error) {
    if (error || !running_) return;
    renew_watches();
    for (const auto& each : entries_) look(*each);
    look_regularly();
  });
}

}  // namespace baton
