#include "upgrade/started_process.hpp"

#include <csignal>
#include <utility>

#include "os/descriptors.hpp"
#include "os/listen_environment.hpp"
#include "os/message_socket.hpp"
#include "os/signal_set.hpp"
#include "upgrade/upgrader.hpp"

namespace baton::upgrade {
namespace {

namespace asio = boost::asio;
constexpr os::fd_view own_standard_error{2};

// A second pidfd and not a duplicate: Asio makes what it watches non-blocking, and that would go for
// the duplicate's original too, so that waiting for the end with it would not wait.
int pidfd_for_reactor(pid_t pid) {
  os::unique_fd fd = os::open_pidfd(pid);
  if (!fd) throw boost::system::system_error{os::last_error("pidfd_open").code};
  return fd.release();
}

std::vector<std::string> inheritance_entries(std::size_t listeners) {
  std::string names;
  for (std::size_t i = 0; i < listeners; ++i) names += i == 0 ? "listener" : ":listener";
  const auto next = os::first_listen_descriptor + static_cast<int>(listeners);
  return {"LISTEN_FDS=" + std::to_string(listeners), "LISTEN_FDNAMES=" + names,
          std::string{os::channel_variable} + '=' + std::to_string(next),
          std::string{os::stderr_variable} + '=' + std::to_string(next + 1)};
}

os::result<os::socket_pair> channel_with_start(const std::vector<offered_listener>& listeners, unsigned generation) {
  start_message start{generation, {}};
  for (const auto& listener : listeners) start.specs.push_back(listener.spec);
  const auto bytes = encode(start);
  if (!bytes) return bytes.error();
  auto pair = os::make_socket_pair();
  if (!pair) return pair.error();
  if (const auto sent = os::send_message(pair->ours, *bytes); !sent) return sent.error();
  return pair;
}

}  // namespace

os::result<std::unique_ptr<started_process>> started_process::check(asio::io_context& context,
                                                                    const os::process_image& image,
                                                                    os::fd_view executable, process_events events) {
  auto output = os::make_pipe(os::pipe_reading::nonblocking);
  if (!output) return output.error();
  const auto checking = image.with_first_argument("--check-config");
  os::spawn_request request{checking};
  request.executable = executable;
  request.standard_output = output->write;  // whoever reads our standard output did not ask for this
  request.standard_error = output->write;
  request.blocked = os::signal_set::handled();
  return start(context, request, std::move(output->read), {}, std::move(events));
}

os::result<std::unique_ptr<started_process>> started_process::command(asio::io_context& context,
                                                                      const os::process_image& image,
                                                                      std::vector<std::string> environment,
                                                                      process_events events) {
  auto output = os::make_pipe(os::pipe_reading::nonblocking);
  if (!output) return output.error();
  const auto nothing = os::open_null();
  if (!nothing) return nothing.error();
  os::spawn_request request{image};
  request.extra_environment = std::move(environment);
  request.standard_input = *nothing;
  request.standard_output = output->write;
  request.standard_error = output->write;
  request.group = os::process_group::own;
  return start(context, request, std::move(output->read), {}, std::move(events));
}

os::result<std::unique_ptr<started_process>> started_process::successor(asio::io_context& context,
                                                                        const os::process_image& image,
                                                                        os::fd_view executable,
                                                                        const std::vector<offered_listener>& listeners,
                                                                        unsigned generation, process_events events) {
  if (listeners.size() > os::max_listen_descriptors) return os::last_error("listeners for a new process", E2BIG);
  auto channel = channel_with_start(listeners, generation);
  if (!channel) return channel.error();
  auto output = os::make_pipe(os::pipe_reading::nonblocking);
  if (!output) return output.error();
  os::spawn_request request{image};
  request.executable = executable;
  request.extra_environment = inheritance_entries(listeners.size());
  request.announce_pid = os::listen_pid::present;
  for (const auto& listener : listeners) request.descriptors.push_back(listener.fd);
  request.descriptors.push_back(channel->theirs);
  request.descriptors.push_back(own_standard_error);
  request.standard_error = output->write;
  request.blocked = os::signal_set::handled();
  return start(context, request, std::move(output->read), std::move(channel->ours), std::move(events));
}

os::result<std::unique_ptr<started_process>> started_process::start(asio::io_context& context,
                                                                    const os::spawn_request& request,
                                                                    os::unique_fd output, os::unique_fd channel,
                                                                    process_events events) {
  try {  // Asio throws where the reactor takes no more descriptors
    auto made = std::make_unique<started_process>(context, std::move(output), std::move(channel), std::move(events));
    auto process = os::spawn(request);
    if (!process) return process.error();
    made->leads_group_ = request.group == os::process_group::own;
    made->begin(std::move(*process));
    return made;
  } catch (const boost::system::system_error& failure) {
    return os::error{"watch " + request.image.binary, failure.code()};
  }
}

started_process::started_process(asio::io_context& context, os::unique_fd output, os::unique_fd channel,
                                 process_events events)
    : end_{context},
      dying_{context},
      output_{context, std::move(output), own_standard_error},
      events_{std::move(events)} {
  if (channel) channel_.emplace(context, std::move(channel));
}

void started_process::begin(os::child_process process) {
  process_ = std::move(process);
  try {
    end_.assign(pidfd_for_reactor(process_.pid));
  } catch (...) {
    kill_and_reap();
    throw;
  }
  wait_for_end();
  output_.start();
  if (channel_) listen();
}

void started_process::kill() noexcept {
  if (leads_group_) return os::kill_group(process_);
  static_cast<void>(os::send_signal(process_, SIGKILL));  // fails only for one that has been reaped
}

void started_process::kill_and_reap() noexcept {
  alive_.reset();
  kill();
  static_cast<void>(os::reap(process_, os::reaping::wait));
}

void started_process::wait_for_end() {
  end_.async_wait(asio::posix::descriptor_base::wait_read,
                  [this, alive = std::weak_ptr{alive_}](boost::system::error_code failure) {
                    if (failure || alive.expired()) return;
                    if (!take_end()) wait_for_end();
                  });
}

void started_process::listen() {
  channel_events calls;
  calls.on_message = [this](incoming_message incoming) { take(std::move(incoming)); };
  calls.on_garbage = [this](const std::string& why) {
    if (!ready_) events_.on_failed(why);
  };
  calls.on_end = [this] { channel_ended(); };
  channel_->listen(std::move(calls));
}

// A process that ends closes its descriptors first; its end says more than that.
void started_process::channel_ended() {
  constexpr std::chrono::milliseconds death{200};
  dying_.expires_after(death);
  dying_.async_wait([this, alive = std::weak_ptr{alive_}](boost::system::error_code failure) {
    if (failure || alive.expired()) return;
    if (!take_end()) events_.on_channel_closed();
  });
}

void started_process::poll_channel() {
  if (channel_) channel_->poll();
}

void started_process::take(incoming_message incoming) {
  if (const auto* const failed = std::get_if<failed_message>(&incoming.message)) return events_.on_failed(failed->text);
  if (const auto* const ready = std::get_if<ready_message>(&incoming.message)) return take_ready(*ready);
  events_.on_message(std::move(incoming));
}

void started_process::take_ready(const ready_message& ready) {
  if (ready_) return;
  if (static_cast<pid_t>(ready.pid) != process_.pid) {
    return events_.on_failed("READY from process " + std::to_string(ready.pid));
  }
  if (take_end()) return;
  ready_ = true;
  events_.on_ready(ready);
}

// True: it has ended, and this object may be gone.
bool started_process::take_end() {
  const auto status = os::reap(process_, os::reaping::no_wait);
  if (!status || *status) leads_group_ = false;  // its number may become another's
  if (!status) {
    tell_end(false, "has vanished: " + status.error().text());
    return true;
  }
  if (!*status) return false;
  tell_end((*status)->success(), (*status)->text());
  return true;
}

void started_process::tell_end(bool success, const std::string& how) {
  const auto on_exit = std::exchange(events_.on_exit, nullptr);  // it may destroy us
  if (!on_exit) return;                                          // told already: what it had said led back here
  poll_channel();
  output_.drain();
  on_exit(success, how);
}

}  // namespace baton::upgrade
