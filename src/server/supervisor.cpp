#include "server/supervisor.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string>
#include <utility>

#include <unistd.h>

#include "base/log.hpp"
#include "os/descriptors.hpp"
#include "os/reaper.hpp"
#include "os/spawn.hpp"

namespace baton {
namespace {

constexpr std::string_view main_pid_name = "MAINPID=";

os::signal_set watched_signals() {
  return {SIGUSR2, SIGUSR1, SIGHUP, SIGTERM, SIGINT, SIGQUIT, SIGCHLD};
}

bool stops(int signal) noexcept {
  return signal == SIGTERM || signal == SIGINT || signal == SIGQUIT;
}

int shell_status(const os::exit_status& status) noexcept {
  return status.how == os::exit_status::kind::exited ? status.value : 128 + status.value;
}

std::string text_of(const std::optional<os::exit_status>& status) {
  return status ? status->text() : "ended while its predecessor still lived";
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (end > 0) lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// systemd names us as the one that its watchdog waits for; the server answers through us. A watchdog that
// waits for somebody else is not the server's affair.
void adapt_watchdog(std::vector<std::string>& environment) {
  const bool ours = os::watchdog_timeout(os::watchdog_reader::first_generation).has_value();
  std::erase_if(environment, [ours](const std::string& entry) {
    return entry.starts_with("WATCHDOG_PID=") || (!ours && entry.starts_with("WATCHDOG_USEC="));
  });
}

}  // namespace

os::process_image supervised_image(os::process_image own) {
  const auto first = own.arguments.begin() + (own.arguments.empty() ? 0 : 1);
  own.arguments.erase(std::remove(first, own.arguments.end(), "--supervise"), own.arguments.end());
  adapt_watchdog(own.environment);
  return own;
}

supervisor::supervisor(os::process_image server, std::vector<upgrade::inherited_listeners::entry> listeners)
    : server_{std::move(server)}, listeners_{std::move(listeners)}, notes_{os::notify_receiver::open().value()} {
  watched_signals().block();
  if (::getpid() != 1) os::become_subreaper().value();
  notes_readable_.assign(os::duplicate(notes_.descriptor()).value().release());
  signals_ = std::make_unique<signal_watch>(io_, watched_signals(),
                                            [this](const os::received_signal& signal) { on_signal(signal); });
}

int supervisor::run() {
  start();
  wait_for_notes();
  io_.run();
  return status_;
}

void supervisor::start() {
  os::spawn_request request{server_};
  request.extra_environment.push_back("NOTIFY_SOCKET=" + notes_.name());
  if (!listeners_.empty()) {
    request.extra_environment.push_back("LISTEN_FDS=" + std::to_string(listeners_.size()));
    request.announce_pid = os::listen_pid::present;
    for (const auto& listener : listeners_) request.descriptors.push_back(listener.fd);
  }
  request.blocked = os::signal_set::handled();
  auto started = os::spawn(request);
  if (!started) throw std::runtime_error{"supervisor: cannot start the server: " + started.error().text()};
  log::info("supervisor: {} runs as process {}", server_.binary, started->pid);
  follow(std::move(*started));
}

void supervisor::follow(os::child_process process) {
  auto made = std::make_unique<generation>(io_);
  made->end.assign(os::duplicate(process.pidfd).value().release());
  made->process = std::move(process);
  wait_for_end(*made);
  generations_.push_back(std::move(made));
  current_ = generations_.back().get();
}

void supervisor::wait_for_notes() {
  notes_readable_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
    if (error) return;
    review();
    wait_for_notes();
  });
}

// Who ends without being our child sends no SIGCHLD.
void supervisor::wait_for_end(generation& which) {
  which.end.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
    if (!error) review();
  });
}

void supervisor::on_signal(const os::received_signal& signal) {
  if (signal.number == SIGCHLD) return review();
  if (signal.from_terminal) return;  // the server has got it, too
  review();
  generation* const to = living();
  if (to == nullptr) return;
  log::info("supervisor: passing {} on to process {}", os::signal_name(signal.number), to->process.pid);
  stopping_ = stopping_ || stops(signal.number);
  send(*to, signal.number);
}

// In this order: who has ended has said before what it had to say, and what is collected has ended.
void supervisor::review() {
  note_ends();
  collect();
  take_notes();
  decide();
}

void supervisor::note_ends() {
  for (const auto& each : generations_) each->ended = each->ended || os::has_ended(each->process.pidfd);
}

void supervisor::collect() {
  while (const auto ended = os::reap_any()) {
    generation* const known = find(ended->pid);
    if (known == nullptr) {
      log::debug("supervisor: collected process {}, which {}", ended->pid, ended->status.text());
      continue;
    }
    known->ended = true;
    known->status = last_collected_ = ended->status;
    log::info("supervisor: process {} {}", ended->pid, ended->status.text());
  }
}

void supervisor::take_notes() {
  while (const auto note = notes_.read()) {
    std::string onward;
    for (const std::string_view line : lines_of(note->text)) {
      if (line.starts_with(main_pid_name)) {
        take_main_pid(line.substr(main_pid_name.size()), note->sender);
      } else {
        if (generation* const who = find(note->sender); who != nullptr && line == "STOPPING=1") who->stopping = true;
        onward.append(line).append(1, '\n');
      }
    }
    if (onward.empty()) continue;
    if (const auto sent = outer_.send(onward); !sent) {
      log::warning("supervisor: cannot notify the service manager: {}", sent.error().text());
    }
  }
}

void supervisor::take_main_pid(std::string_view text, pid_t sender) {
  pid_t pid = 0;
  std::from_chars(text.data(), text.data() + text.size(), pid);
  if (current_ != nullptr && current_->process.pid == pid) return;
  if (generation* const known = find(pid); known != nullptr && !known->ended) {
    current_ = known;
  } else {
    os::unique_fd pidfd = pid > 0 ? os::open_pidfd(pid) : os::unique_fd{};
    if (!pidfd) return log::warning("supervisor: process {} says that {} is the server; there is none", sender, text);
    follow({pid, std::move(pidfd)});
  }
  log::info("supervisor: process {} is the server now", pid);
  if (stopping_) send(*current_, SIGTERM);  // what was to stop was the service, whoever it is
}

void supervisor::decide() {
  if (current_ == nullptr || !current_->ended) return forget_ended();
  if (living() != nullptr) return;  // a predecessor, which may take it back; if not, it ends
  log::info("supervisor: the server (process {}) {}; exiting", current_->process.pid, text_of(current_->status));
  if (!current_->status && current_->stopping) current_->status = last_collected_;
  status_ = current_->status ? shell_status(*current_->status) : 1;
  io_.stop();
}

void supervisor::forget_ended() {
  std::erase_if(generations_, [](const auto& each) { return each->ended; });
}

void supervisor::send(const generation& to, int signal) const {
  if (const auto sent = os::send_signal(to.process, signal); !sent) {
    log::warning("supervisor: cannot pass {} on: {}", os::signal_name(signal), sent.error().text());
  }
}

supervisor::generation* supervisor::find(pid_t pid) noexcept {
  const auto found = std::find_if(generations_.begin(), generations_.end(),
                                  [pid](const auto& each) { return each->process.pid == pid; });
  return found == generations_.end() ? nullptr : found->get();
}

// The current one, or its latest predecessor.
supervisor::generation* supervisor::living() noexcept {
  if (current_ != nullptr && !current_->ended) return current_;
  const auto last =
      std::find_if(generations_.rbegin(), generations_.rend(), [](const auto& each) { return !each->ended; });
  return last == generations_.rend() ? nullptr : last->get();
}

}  // namespace baton
