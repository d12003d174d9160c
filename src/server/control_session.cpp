#include "server/control_session.hpp"

#include <array>
#include <exception>
#include <span>
#include <utility>

#include <sys/socket.h>

#include <fmt/core.h>

#include "base/log.hpp"
#include "server/control_json.hpp"

namespace baton {

using std::chrono::steady_clock;

control_session::control_session(boost::asio::io_context& context, os::unique_fd socket, const control_service& service,
                                 os::result<os::credentials> peer, std::function<void()> gone)
    : transport_{context, std::move(socket), AF_UNIX},
      deadline_{context},
      service_{service},
      gone_{std::move(gone)},
      peer_{std::move(peer)} {}

// Out of memory, or a defect: one client is lost, not the process.
template <class Step>
void control_session::guarded(Step step) noexcept {
  try {
    step();
  } catch (const std::exception& error) {
    log::error("a control client is dropped: {}", error.what());
    close();
  }
}

void control_session::start() noexcept {
  guarded([this] {
    if (!peer_ || !os::has_our_rights(*peer_)) {
      const auto who = peer_ ? fmt::format("user {} (pid {})", peer_->user, peer_->pid) : peer_.error().text();
      log::warning("a control client is refused: {}", who);
      return refuse("only the server's own user and root may control it");
    }
    by_ = fmt::format("batonctl (pid {})", peer_->pid);
    arm_deadline();
    wait_readable();
  });
}

void control_session::refuse(std::string_view why) noexcept {
  guarded([&] {
    queue(control_json::refusal(why));
    leave();
  });
}

void control_session::wait_readable() {
  transport_.async_wait_readable([watched = weak_from_this()](boost::system::error_code error) {
    const auto self = watched.lock();
    if (self && !error) self->guarded([&] { self->on_readable(); });
  });
}

void control_session::wait_writable() {
  transport_.async_wait_writable([watched = weak_from_this()](boost::system::error_code error) {
    const auto self = watched.lock();
    if (!self || error) return;
    self->writing_ = false;
    self->guarded([&] { self->flush(); });
  });
}

void control_session::on_readable() {
  std::array<char, longest_line> bytes{};
  while (doing_ < occupation::leaves) {
    if (lines_.room() == 0) return refuse(fmt::format("more than {} bytes without an answer", longest_line));
    const auto read = transport_.try_read(std::span{bytes.data(), lines_.room()});
    switch (read.what) {
      case net::io_result::kind::bytes:
        lines_.append({bytes.data(), read.count});
        serve();
        break;
      case net::io_result::kind::would_block:
        return wait_readable();
      case net::io_result::kind::end_of_file:
        input_ended_ = true;
        return serve();
      case net::io_result::kind::failed:
        return close();
    }
  }
}

void control_session::serve() {
  while (doing_ == occupation::listens) {
    auto line = lines_.next();
    if (!line && input_ended_) line = lines_.rest();
    if (!line) break;
    if (!line->empty()) serve(*line);
  }
  if (doing_ == occupation::listens && (input_ended_ || (finishing_ && asked_))) leave();
}

void control_session::serve(const std::string& line) {
  asked_ = true;
  const auto parsed = parse_control_request(line);
  if (!parsed.request) return queue(control_json::refusal(parsed.error));
  obey(*parsed.request);
}

void control_session::obey(const control_request& request) {
  switch (request.command) {
    case control_command::status:
      if (request.follow) doing_ = occupation::follows;
      return tell_status();
    case control_command::upgrade:
      return begin(request, service_.upgrade);
    case control_command::reload:
      if (!service_.reload) return queue(control_json::refusal("reload is not available"));
      return queue(control_json::result(service_.reload(by_)));
    case control_command::rollback:
      return begin(request, service_.rollback);
    case control_command::drain:
      if (!service_.drain) return queue(control_json::refusal("drain is not available"));
      service_.drain(by_);
      return queue(control_json::done());
    case control_command::stop:
      if (!service_.stop) return queue(control_json::refusal("stop is not available"));
      after_answer_ = [this] { service_.stop(by_); };
      return queue(control_json::done());
    case control_command::connections:
      return list_connections(request.limit);
    case control_command::history:
      if (!service_.past) return queue(control_json::refusal("history is not available"));
      return queue(control_json::past(service_.past()));
  }
}

void control_session::begin(const control_request& request, const begin_operation& operation) {
  const auto name = to_string(request.command);
  if (!operation) return queue(control_json::refusal(fmt::format("{} is not available", name)));
  operation_callback done;
  if (request.wait) {
    doing_ = occupation::waits;
    last_progress_.clear();
    done = [watched = weak_from_this()](const operation_result& how) {
      if (const auto self = watched.lock()) self->guarded([&] { self->ended(how); });
    };
  }
  const bool upgrades = request.command == control_command::upgrade;
  const auto refused = operation(by_, std::move(done));
  if (refused) {
    if (doing_ == occupation::waits) doing_ = occupation::listens;
    return queue(control_json::refusal(fmt::format("{} refused: {}", name, *refused)));
  }
  if (!request.wait) queue(control_json::accepted(upgrades ? service_.status().next_generation : 0));
}

void control_session::ended(const operation_result& how) {
  if (doing_ != occupation::waits) return;
  doing_ = occupation::listens;
  queue(control_json::result(how));
  serve();
}

void control_session::list_connections(std::size_t limit) {
  if (!service_.connections) return queue(control_json::refusal("connections are not available"));
  doing_ = occupation::waits;
  service_.connections(limit, [watched = weak_from_this()](const connection_list& list) {
    const auto self = watched.lock();
    if (!self || self->doing_ != occupation::waits) return;
    self->guarded([&] {
      self->doing_ = occupation::listens;
      self->queue(control_json::connections(list));
      self->serve();
    });
  });
}

void control_session::tell_status() {
  queue(control_json::status(service_.status(), std::chrono::system_clock::now()));
}

// The steps of an upgrade, each once.
void control_session::tell_progress() {
  const process_status now = service_.status();
  const bool runs = now.upgrade == fsm::upgrade_state::preparing || now.upgrade == fsm::upgrade_state::checking ||
                    now.upgrade == fsm::upgrade_state::starting || now.upgrade == fsm::upgrade_state::killing;
  if (!runs) return;
  auto line = control_json::progress(now.upgrade, now.child);
  if (line == last_progress_) return;
  last_progress_ = line;
  queue(line);
}

void control_session::tell() noexcept {
  if (!sent_all()) return;  // what it has not read yet will do; it gets the next one
  guarded([this] {
    if (doing_ == occupation::follows) return tell_status();
    if (doing_ == occupation::waits) return tell_progress();
  });
}

void control_session::finish(patience_with_fresh patience) noexcept {
  finishing_ = true;
  guarded([&] {
    if (doing_ == occupation::follows) tell_status();
    if (doing_ == occupation::waits) queue(control_json::refusal("the process has ended before this was over"));
    const bool may_still_ask = doing_ == occupation::listens && !asked_ && patience == patience_with_fresh::some;
    if (!may_still_ask) leave();
  });
}

void control_session::queue(std::string_view line) {
  if (doing_ == occupation::closed) return;
  if (out_.size() - sent_ + line.size() > most_queued) return close();
  out_ += line;
  out_ += '\n';
  flush();
}

void control_session::flush() {
  bool progress = false;
  while (!writing_ && !sent_all()) {
    const auto written = transport_.try_write(std::string_view{out_}.substr(sent_), {});
    if (written.what == net::io_result::kind::bytes) {
      sent_ += written.count;
      progress = true;
    } else if (written.what == net::io_result::kind::would_block) {
      if (!std::exchange(writing_, true)) wait_writable();
    } else {
      if (const auto then = std::exchange(after_answer_, nullptr)) then();
      return close();
    }
  }
  if (progress || deadline_.expiry() == steady_clock::time_point::max()) arm_deadline();
  if (!sent_all()) return;
  out_.clear();
  sent_ = 0;
  if (const auto then = std::exchange(after_answer_, nullptr)) then();
  if (doing_ == occupation::leaves) close();
}

void control_session::leave() {
  if (doing_ == occupation::closed) return;
  doing_ = occupation::leaves;
  if (sent_all()) return close();
  arm_deadline();
}

void control_session::close() noexcept {
  if (std::exchange(doing_, occupation::closed) == occupation::closed) return;
  deadline_.cancel();
  transport_.close();
  gone_();
}

// A client that follows or waits may be silent as long as it reads.
void control_session::arm_deadline() {
  if (!sent_all()) {
    deadline_.expires_after(write_patience);
  } else if (doing_ == occupation::listens) {
    deadline_.expires_after(silence);
  } else {
    deadline_.expires_at(steady_clock::time_point::max());
    return;
  }
  deadline_.async_wait([watched = weak_from_this()](boost::system::error_code error) {
    const auto self = watched.lock();
    if (!self || error || self->deadline_.expiry() > steady_clock::now()) return;
    log::debug("a control client is dropped: it takes too long");
    self->close();
  });
}

}  // namespace baton
