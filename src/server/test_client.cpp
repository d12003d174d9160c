#include <baton/test_client.hpp>

#include <algorithm>
#include <list>
#include <stdexcept>

#include <fmt/core.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "http/date.hpp"
#include "http/route_table.hpp"
#include "http/serialiser.hpp"
#include "http/syntax.hpp"
#include "server/test_exchange.hpp"
#include "session/virtual_time.hpp"

namespace baton {

using std::chrono::steady_clock;
using std::chrono::system_clock;

namespace {

constexpr system_clock::time_point first_day{std::chrono::sys_days{std::chrono::year{2020} / 1 / 1}};
constexpr std::chrono::seconds patience{10};  // for what is outside: real time

std::string wire_text(const test_request& request) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\n", request.method, request.target);
  const bool hosted = std::any_of(request.fields.begin(), request.fields.end(),
                                  [](const auto& each) { return http::iequals(each.first, "Host"); });
  if (!hosted) text += "Host: test\r\n";
  for (const auto& [name, value] : request.fields) text += fmt::format("{}: {}\r\n", name, value);
  if (request.body.size() < 2) {
    const std::string whole = request.body.empty() ? std::string{} : request.body.front();
    if (!request.body.empty()) text += fmt::format("Content-Length: {}\r\n", whole.size());
    return text + "\r\n" + whole;
  }
  text += "Transfer-Encoding: chunked\r\n\r\n";
  for (const std::string& piece : request.body) http::append_chunk(text, piece);
  http::append_last_chunk(text, {});
  return text;
}

void take_fields(test_reply& reply) {
  std::string_view lines{reply.head};
  reply.status = static_cast<unsigned>(std::stoul(std::string{lines.substr(9, 3)}));
  lines.remove_prefix(lines.find("\r\n") + 2);
  while (lines != "\r\n") {
    const std::string_view line = lines.substr(0, lines.find("\r\n"));
    const std::size_t colon = line.find(": ");
    reply.fields.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    lines.remove_prefix(line.size() + 2);
  }
}

}  // namespace

std::optional<std::string> test_reply::field(std::string_view name) const {
  for (const auto& [each, value] : fields) {
    if (http::iequals(each, name)) return value;
  }
  return std::nullopt;
}

std::vector<std::string> test_reply::all(std::string_view name) const {
  std::vector<std::string> found;
  for (const auto& [each, value] : fields) {
    if (http::iequals(each, name)) found.push_back(value);
  }
  return found;
}

struct test_client::impl final : test_surroundings {
  impl(router from, const options& given)
      : settings{given},
        server_line{given.server_name.empty() ? std::string{} : "Server: " + given.server_name + "\r\n"},
        table{from.release()} {
    who.client = client_address::parse("192.0.2.1:1024").value();
    who.listener = std::make_shared<const std::string>("192.0.2.80:80");
  }

  test_reply exchange(std::string bytes, std::chrono::nanoseconds stream_for);
  void run_until(const std::function<bool()>& holds);
  bool wait_a_turn(steady_clock::time_point deadline);

  // test_surroundings
  [[nodiscard]] system_clock::time_point now() const noexcept override {
    return wall + std::chrono::duration_cast<system_clock::duration>(clock.now() - wall_set_at);
  }
  [[nodiscard]] steady_clock::time_point steady_now() const noexcept override { return clock.now(); }
  void start_background(background_job work) override;
  [[nodiscard]] session::virtual_time& time() noexcept override { return clock; }

  const options settings;
  const std::string server_line;
  const std::shared_ptr<const http::route_table> table;
  connection_info who;
  std::uint64_t requests = 0;

  // Before the context: its end destroys coroutines that refer to them.
  struct running {
    explicit running(background_job job) : work{std::move(job)} {}
    const background_job work;
    boost::asio::cancellation_signal cancel;
  };
  std::list<running> background;
  boost::asio::io_context io{1};
  session::virtual_time& clock = boost::asio::use_service<session::virtual_time>(io);
  system_clock::time_point wall = first_day;
  steady_clock::time_point wall_set_at = clock.now();
};

void test_client::impl::start_background(background_job work) {
  const auto at = background.emplace(background.end(), std::move(work));
  boost::asio::co_spawn(io, at->work(),
                        boost::asio::bind_cancellation_slot(at->cancel.slot(), [this, at](std::exception_ptr error) {
                          report_failure(error);
                          background.erase(at);
                        }));
}

// Runs what is ready; where nothing is, lets the time pass to the first sleeper's end, or waits for what is outside.
bool test_client::impl::wait_a_turn(steady_clock::time_point deadline) {
  io.restart();
  if (io.poll() != 0) return true;
  if (const auto next = clock.next()) {
    clock.advance_to(*next);
    return true;
  }
  io.restart();
  io.run_one_for(std::chrono::milliseconds{10});
  return steady_clock::now() < deadline;
}

void test_client::impl::run_until(const std::function<bool()>& holds) {
  const auto deadline = steady_clock::now() + patience;
  while (!holds() && wait_a_turn(deadline)) {
  }
}

test_reply test_client::impl::exchange(std::string bytes, std::chrono::nanoseconds stream_for) {
  who.id = ++requests;
  test_exchange one{*this, settings, *table, who, std::move(bytes)};
  one.patience(stream_for);
  test_reply reply;
  bool done = false;
  std::exception_ptr failure;
  boost::asio::cancellation_signal cancel;
  one.cancel_by(cancel);
  boost::asio::co_spawn(io, one.run(),
                        boost::asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr error) {
                          failure = error;
                          done = true;
                        }));
  run_until([&] { return done; });
  if (!done) {
    cancel.emit(boost::asio::cancellation_type::terminal);
    const auto deadline = steady_clock::now() + patience;
    while (!done && steady_clock::now() < deadline) wait_a_turn(deadline);
    // What does not even end when it is cancelled may come back to what is gone.
    if (!done) std::terminate();
    throw std::runtime_error{"the handler waits for something that does not come"};
  }
  if (failure) std::rethrow_exception(failure);
  const std::string date = "Date: " + http::format_date(std::chrono::floor<std::chrono::seconds>(now())) + "\r\n";
  one.write_to(reply, date, server_line);
  take_fields(reply);
  return reply;
}

test_client::test_client(router routes, const options& settings)
    : impl_{std::make_unique<impl>(std::move(routes), settings)} {}

test_client::~test_client() = default;

test_reply test_client::get(std::string target) {
  return send(test_request{std::move(target)});
}

test_reply test_client::post(std::string target, std::string_view content_type, std::string body) {
  test_request made{std::move(target), "POST"};
  made.field("Content-Type", std::string{content_type});
  made.body.push_back(std::move(body));
  return send(made);
}

test_reply test_client::send(const test_request& request) {
  return impl_->exchange(wire_text(request), request.stream_for);
}

test_reply test_client::send_bytes(std::string bytes) {
  return impl_->exchange(std::move(bytes), test_request{}.stream_for);
}

system_clock::time_point test_client::now() const noexcept {
  return impl_->now();
}

void test_client::set_time(system_clock::time_point time) noexcept {
  impl_->wall = time;
  impl_->wall_set_at = impl_->clock.now();
}

void test_client::advance(std::chrono::nanoseconds by) {
  impl_->clock.advance_to(impl_->clock.now() + std::chrono::duration_cast<steady_clock::duration>(by));
  impl_->io.restart();
  impl_->io.poll();
}

void test_client::peer(std::string address) {
  const std::optional<client_address> parsed = client_address::parse(address);
  if (!parsed) throw std::invalid_argument{"no address: " + address};
  impl_->who.client = *parsed;
}

std::size_t test_client::finish_background() {
  impl_->run_until([this] { return impl_->background.empty(); });
  return impl_->background.size();
}

}  // namespace baton
