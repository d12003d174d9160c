#include "upgrade/preparation.hpp"

#include <exception>
#include <optional>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "base/log.hpp"

namespace baton::upgrade {
namespace {

// What `callbacks` says against it, if anything.
std::optional<std::string> veto_of(const veto_function& callbacks, const std::string& binary) {
  try {
    callbacks(binary);
    return std::nullopt;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception of no known kind";
  }
}

os::process_image shell(const os::process_image& own, const std::string& command) {
  return {"/bin/sh", {"sh", "-c", command}, own.environment, own.directory};
}

}  // namespace

preparation::preparation(boost::asio::io_context& context, const os::process_image& image,
                         preparation_settings settings, veto_function callbacks)
    : context_{context},
      image_{image},
      next_settings_{std::move(settings)},
      callbacks_{std::move(callbacks)},
      thread_{context},
      timer_{context} {}

preparation::~preparation() {
  cancel();
}

void preparation::start(unsigned generation, done_function done) {
  settings_ = next_settings_;
  generation_ = generation;
  done_ = std::move(done);
  if (thread_.busy()) return refuse(step_on_thread_ + " of an earlier upgrade has not returned yet");
  call_back();
}

void preparation::cancel() noexcept {
  stop_timer();
  thread_.abandon();
  if (command_) command_->kill_and_reap();
  command_.reset();
  done_ = nullptr;
}

void preparation::change(preparation_settings settings) {
  next_settings_ = std::move(settings);
}

void preparation::call_back() {
  if (!callbacks_) return run_command();
  const auto veto = std::make_shared<std::optional<std::string>>();
  const auto answered = [this, veto] {
    if (*veto) return refuse("on_before_upgrade: " + **veto);
    run_command();
  };
  on_side_thread(
      "on_before_upgrade", [ask = callbacks_, file = binary(), veto] { *veto = veto_of(ask, file); }, answered);
}

void preparation::run_command() {
  if (settings_.command.empty()) return check_binary();
  log::info("upgrade.before runs: {}", settings_.command);
  process_events events;
  events.on_exit = [this](bool success, const std::string& how) { command_ended(success, how); };
  auto started = started_process::command(context_, shell(image_, settings_.command),
                                          {"BATON_GENERATION=" + std::to_string(generation_),
                                           "BATON_PID=" + std::to_string(::getpid()), "BATON_BINARY=" + binary()},
                                          std::move(events));
  if (!started) return refuse("cannot start upgrade.before: " + started.error().text());
  command_ = std::move(*started);
  command_was_late_ = false;
  start_timer([this] {
    command_was_late_ = true;
    command_->kill();  // command_ended follows
  });
}

void preparation::command_ended(bool success, const std::string& how) {
  auto lines = command_->last_lines();
  command_.reset();
  stop_timer();
  if (command_was_late_)
    return finish({"upgrade.before had not ended " + limit() + "; it " + how, std::move(lines), {}});
  if (!success) return finish({"upgrade.before " + how, std::move(lines), {}});
  check_binary();
}

void preparation::check_binary() {
  if (!settings_.rules.any()) return finish({});
  const auto path = [this](const std::string& file) { return file.empty() ? file : image_.from_directory(file); };
  const binary_rules rules{path(settings_.rules.sha256), path(settings_.rules.signature),
                           path(settings_.rules.public_key)};
  const auto copy = std::make_shared<os::result<os::unique_fd>>();
  on_side_thread(
      "the check of the binary", [copy, rules, file = binary()] { *copy = checked_copy(file, rules); },
      [this, copy] { checked(*copy); });
}

void preparation::checked(os::result<os::unique_fd>& copy) {
  if (!copy) return refuse("the new binary is not trusted: " + copy.error().text());
  finish({{}, {}, std::move(*copy)});
}

void preparation::on_side_thread(const std::string& step, std::function<void()> work, std::function<void()> done) {
  step_on_thread_ = step;
  try {
    thread_.start(std::move(work), [this, done = std::move(done)] {
      stop_timer();
      done();
    });
  } catch (const std::system_error& error) {
    return refuse("no thread for " + step + ": " + error.what());
  }
  start_timer([this, step] {
    thread_.abandon();
    refuse(step + " has not returned " + limit());
  });
}

void preparation::finish(preparation_result result) {
  const auto done = std::exchange(done_, nullptr);
  done(std::move(result));
}

void preparation::start_timer(std::function<void()> expired) {
  timer_.expires_after(settings_.timeout);
  timer_.async_wait([this, round = ++timer_round_, watched = std::weak_ptr{alive_},
                     expired = std::move(expired)](boost::system::error_code failure) {
    if (failure || watched.expired() || round != timer_round_) return;
    stop_timer();
    expired();
  });
}

void preparation::stop_timer() {
  ++timer_round_;
  timer_.cancel();
}

std::string preparation::limit() const {
  return "within " + std::to_string(settings_.timeout.count()) + " ms";
}

}  // namespace baton::upgrade
