#include "session/websocket_session.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/websocket/error.hpp>

#include "session/worker_context.hpp"

namespace baton::session {

namespace beast = boost::beast;
using boost::asio::redirect_error;
using boost::asio::use_awaitable;
using std::chrono::milliseconds;

namespace {

constexpr std::uint16_t going_away = 1001;
constexpr std::uint16_t no_code = 1005;
constexpr std::uint16_t policy_violation = 1008;
constexpr std::uint16_t message_too_big = 1009;

// Room for a message to begin with: as much as the last one took, since it is filled with zeros; within these bounds.
constexpr std::size_t least_room = 128;
constexpr std::size_t most_room = 4 * 1024;
constexpr std::size_t longest_reason = 123;
// Below this, compressing costs more than it saves.
constexpr std::size_t worth_deflating = 128;

using request_head = beast::http::request<beast::http::empty_body>;

// The client's request has been checked and answered; this one brings Beast to the same conclusions.
request_head settled_request(const websocket_terms& terms) {
  request_head made{beast::http::verb::get, "/", 11};
  made.set(beast::http::field::host, "-");
  made.set(beast::http::field::connection, "upgrade");
  made.set(beast::http::field::upgrade, "websocket");
  made.set(beast::http::field::sec_websocket_key, "AAAAAAAAAAAAAAAAAAAAAA==");
  made.set(beast::http::field::sec_websocket_version, "13");
  if (terms.deflate) made.set(beast::http::field::sec_websocket_extensions, terms.deflate->text());
  return made;
}

beast::websocket::permessage_deflate deflate_settings(const websocket_terms& terms) {
  beast::websocket::permessage_deflate made;
  made.server_enable = terms.deflate.has_value();
  made.server_no_context_takeover = true;
  made.client_no_context_takeover = true;
  made.compLevel = 6;
  made.memLevel = 4;
  made.msg_size_threshold = worth_deflating;
  return made;
}

std::uint16_t sendable(std::uint16_t code) noexcept {
  return http::is_close_code(code) ? code : std::uint16_t{1000};
}

// A reason is UTF-8, and not cut within a character.
void shorten(std::string& reason) {
  if (reason.size() <= longest_reason) return;
  std::size_t end = longest_reason;
  while (end != 0 && (static_cast<unsigned char>(reason[end]) & 0xc0U) == 0x80U) --end;
  reason.resize(end);
}

}  // namespace

void tighten(std::string& data) {
  if (data.capacity() > 2 * data.size() + 64) data.shrink_to_fit();
}

bool websocket_link::take_room(std::size_t cost) {
  const std::lock_guard lock{mutex};
  if (bytes != 0 && bytes + cost > limit) return false;
  bytes += cost;
  return true;
}

void websocket_link::give_room(std::size_t cost) {
  const std::lock_guard lock{mutex};
  bytes -= cost;
}

bool websocket_link::send(outgoing_message what) {
  const std::lock_guard lock{mutex};
  if (session == nullptr || closes) return false;
  const std::size_t cost = what.cost();
  const bool room = bytes == 0 || bytes + cost <= limit;
  if (room) {
    bytes += cost;
    inbox.push_back(std::move(what));
  } else {
    overflowed = true;
  }
  post();
  return room;
}

void websocket_link::close(std::uint16_t code, std::string reason) {
  const std::lock_guard lock{mutex};
  if (session == nullptr || closes) return;
  closes.emplace(code, std::move(reason));
  post();
}

void websocket_link::post() {
  if (std::exchange(posted, true)) return;
  boost::asio::post(executor, [self = shared_from_this()] { self->deliver(); });
}

// On the worker, where the session does not go meanwhile.
void websocket_link::deliver() {
  std::deque<outgoing_message> taken;
  std::shared_ptr<websocket_session> to;
  std::optional<std::pair<std::uint16_t, std::string>> closing;
  bool full = false;
  {
    const std::lock_guard lock{mutex};
    posted = false;
    taken.swap(inbox);
    full = std::exchange(overflowed, false);
    closing = closes;
    if (session != nullptr) to = session->shared_from_this();
  }
  if (!to) return;
  to->take(std::move(taken));
  if (full) to->overflow();
  if (closing) to->close(closing->first, std::move(closing->second));
}

websocket_session::websocket_session(connection& c, websocket_terms terms)
    : connection_{c},
      terms_{std::move(terms)},
      link_{std::make_shared<websocket_link>(tunnel_stream::transport(c).get_executor(), terms_.queue)},
      stream_{c},
      room_{tunnel_stream::worker(c).io()},
      ended_{tunnel_stream::worker(c).io()} {
  link_->session = this;
}

websocket_session::~websocket_session() {
  tunnel_stream::tell_of_drain(connection_, nullptr);
  const std::lock_guard lock{link_->mutex};
  link_->session = nullptr;
}

void websocket_session::begin() {
  using beast::websocket::stream_base;
  stream_.set_option(stream_base::timeout{stream_base::none(), stream_base::none(), false});
  stream_.set_option(deflate_settings(terms_));
  stream_.read_message_max(terms_.message);
  stream_.auto_fragment(false);
  stream_.accept(settled_request(terms_));
  tunnel_stream::tell_of_drain(connection_, this);
  arm(terms_.ping);
}

task<void> websocket_session::finish(std::uint16_t code) {
  returned_ = true;
  if (over_) arm(milliseconds{0});
  begin_close(code, {});
  co_await until_ended();
}

void websocket_session::arm(milliseconds time) {
  net::timer_wheel& wheel = tunnel_stream::worker(connection_).wheel();
  if (time.count() == 0) return wheel.disarm(*this);
  wheel.arm(*this, time);
}

// An operation of Beast's: `then` is called when it ends; until then the session and its connection stay.
template <class... Args, class Then>
auto websocket_session::holding(Then then) {
  tunnel_stream::keep(connection_);
  return [self = shared_from_this(), then](const error_code& error, Args...) mutable {
    connection& c = self->connection_;
    then(*self, error);
    self.reset();
    tunnel_stream::let_go(c);
  };
}

bool websocket_session::open() const noexcept {
  return !closing_ && !over_ && !tunnel_stream::closed(connection_);
}

task<std::optional<websocket_message>> websocket_session::read() {
  if (over_ || reading_) co_return std::nullopt;
  reading_ = true;
  websocket_message message;
  std::string& data = message.data;
  const std::size_t first_room = std::clamp(last_read_, least_room, most_room);
  bool complete = false;
  while (!complete) {
    const std::size_t have = data.size();
    const std::size_t room = std::min(std::max(have, first_room), terms_.message + 1 - have);
    data.resize(have + room);
    error_code error;
    auto token = redirect_error(use_awaitable, error);
    const auto into = boost::asio::buffer(data.data() + have, room);
    const std::size_t count = co_await stream_.async_read_some(into, token);
    data.resize(have + count);
    // The limit that Beast keeps is on what is not inflated yet.
    if (!error && data.size() > terms_.message) begin_close(message_too_big, {});
    if (error) read_failed(error);
    if (error || data.size() > terms_.message) {
      reading_ = false;
      co_await until_ended();
      co_return std::nullopt;
    }
    complete = stream_.is_message_done();
  }
  reading_ = false;
  last_read_ = data.size();
  tighten(data);
  message.kind = stream_.got_text() ? websocket_kind::text : websocket_kind::binary;
  co_return std::move(message);
}

// With a close of our own under way, that one has the last word.
void websocket_session::read_failed(const error_code& error) {
  if (error == beast::websocket::error::closed) {
    const auto code = static_cast<std::uint16_t>(stream_.reason().code);
    close_code_ = code == 0 ? no_code : code;
    return end();
  }
  if (!close_started_) end();
}

task<bool> websocket_session::send(websocket_message what) {
  tighten(what.data);
  const outgoing_message queued{std::make_shared<const std::string>(std::move(what.data)), what.kind};
  for (;;) {
    if (!open()) co_return false;
    if (link_->take_room(queued.cost())) break;
    if (terms_.route.policy != websocket_route::overflow::wait) {
      overflow();
      co_return false;
    }
    room_.expires_at(boost::asio::steady_timer::time_point::max());
    error_code woken;
    auto token = redirect_error(use_awaitable, woken);
    co_await room_.async_wait(token);
  }
  queue_.push_back(queued);
  write_next();
  co_return true;
}

void websocket_session::take(std::deque<outgoing_message> inbox) {
  for (outgoing_message& each : inbox) {
    if (open()) {
      queue_.push_back(std::move(each));
    } else {
      link_->give_room(each.cost());
    }
  }
  write_next();
}

// The client reads too slowly.
void websocket_session::overflow() {
  if (terms_.route.policy != websocket_route::overflow::close || !open()) return;
  while (queue_.size() > (writing_ ? 1U : 0U)) {
    link_->give_room(queue_.back().cost());
    queue_.pop_back();
  }
  begin_close(policy_violation, "reads too slowly");
}

void websocket_session::write_next() {
  if (writing_ || over_ || close_started_) return;
  if (queue_.empty()) {
    if (closing_) start_close();
    return;
  }
  writing_ = true;
  const outgoing_message& next = queue_.front();
  stream_.text(next.kind == websocket_kind::text);
  stream_.async_write(boost::asio::buffer(*next.data),
                      holding<std::size_t>([](websocket_session& s, const error_code& error) { s.on_written(error); }));
}

void websocket_session::on_written(const error_code& error) {
  writing_ = false;
  link_->give_room(queue_.front().cost());
  queue_.pop_front();
  if (error) return end();
  room_.cancel();
  write_next();
}

void websocket_session::close(std::uint16_t code, std::string reason) {
  begin_close(code, std::move(reason));
}

void websocket_session::begin_close(std::uint16_t code, std::string reason) {
  if (closing_ || over_) return;
  closing_ = true;
  sent_code_ = sendable(code);
  shorten(reason);
  close_reason_ = std::move(reason);
  arm(terms_.close);
  room_.cancel();
  write_next();
}

void websocket_session::start_close() {
  close_started_ = true;
  const beast::websocket::close_reason reason{static_cast<beast::websocket::close_code>(sent_code_),
                                              beast::string_view{close_reason_}};
  stream_.async_close(reason, holding<>([](websocket_session& s, const error_code& error) { s.on_closed(error); }));
}

void websocket_session::on_closed(const error_code& error) {
  if (!error) {
    const auto code = static_cast<std::uint16_t>(stream_.reason().code);
    close_code_ = code == 0 ? no_code : code;
  }
  end();
}

// A handler that goes on all the same has as long to come to its end.
void websocket_session::end() {
  if (std::exchange(over_, true)) return;
  {
    const std::lock_guard lock{link_->mutex};
    link_->session = nullptr;
    link_->inbox.clear();
  }
  arm(returned_ ? milliseconds{0} : terms_.close);
  room_.cancel();
  ended_.cancel();
  stop_hook();
}

task<void> websocket_session::until_ended() {
  while (!over_ && !tunnel_stream::closed(connection_)) {
    ended_.expires_at(boost::asio::steady_timer::time_point::max());
    error_code woken;
    auto token = redirect_error(use_awaitable, woken);
    co_await ended_.async_wait(token);
  }
}

void websocket_session::on_deadline() {
  const auto self = shared_from_this();
  connection& c = connection_;
  if (tunnel_stream::closed(c)) return stop_hook();
  tunnel_stream::keep(c);
  time_passed();
  tunnel_stream::let_go(c);
}

void websocket_session::time_passed() {
  const bool alive = shows_life();
  if (over_ || closing_) {
    tunnel_stream::cut(connection_);
  } else if (draining_) {
    begin_close(going_away, "going away");
    stop_hook();  // it has had its time
  } else if (alive || !pinged_) {
    pinged_ = !alive;
    if (pinged_) send_ping();
    arm(terms_.ping);
  } else {
    tunnel_stream::cut(connection_);
  }
}

// Since the last deadline. A ping may be behind data that the client takes slowly, and its answer behind what the
// handler has not read: then it is enough that the client's kernel acknowledges what it gets. Else it is not, since
// that goes on when the client itself has stopped. Bytes that merely wait to be read say nothing, they may be old.
bool websocket_session::shows_life() {
  net::transport& t = tunnel_stream::transport(connection_);
  const std::size_t unacknowledged = t.unacknowledged();
  const auto written = static_cast<std::int64_t>(tunnel_stream::written(connection_));
  const std::int64_t delivered = written - static_cast<std::int64_t>(unacknowledged);
  const bool took = delivered > std::exchange(delivered_, delivered);
  const bool behind = std::exchange(backlog_, writing_ || unacknowledged != 0);
  const bool unread = t.peek().what == net::io_result::kind::bytes;
  const bool came = !std::exchange(unread_, unread) && unread;
  return stream_.next_layer().heard() || came || (took && (behind || unread));
}

void websocket_session::send_ping() {
  if (std::exchange(pinging_, true)) return;
  stream_.async_ping({}, holding<>([](websocket_session& s, const error_code&) { s.pinging_ = false; }));
}

void websocket_session::drain_began() {
  if (draining_ || !open()) return;
  draining_ = true;
  if (!terms_.route.on_drain) return begin_close(going_away, "going away");
  arm(terms_.close);
  tunnel_stream::keep(connection_);
  auto done = [self = shared_from_this()](const std::exception_ptr&) mutable {
    connection& c = self->connection_;
    self->begin_close(going_away, "going away");
    self.reset();
    tunnel_stream::let_go(c);
  };
  boost::asio::co_spawn(tunnel_stream::worker(connection_).io().get_executor(), run_hook(),
                        boost::asio::bind_cancellation_slot(hook_.slot(), std::move(done)));
}

task<void> websocket_session::run_hook() {
  co_await terms_.route.on_drain(*this);
}

}  // namespace baton::session
