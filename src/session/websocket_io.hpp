// An upgraded connection as Beast wants its next layer: reads and writes are tried at once and waited for only if they
// must be, by the connection's own transport, deadline and buffers. Beast's part of the handshake is written to
// nowhere, see websocket_session.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/role.hpp>

#include "http/websocket_guard.hpp"
#include "net/transport.hpp"
#include "session/tunnel_stream.hpp"

namespace baton::session {

class websocket_io {
 public:
  using executor_type = net::transport::executor_type;
  using error_code = boost::system::error_code;

  explicit websocket_io(connection& c) noexcept : connection_{&c} {}
  [[nodiscard]] executor_type get_executor() noexcept { return tunnel_stream::transport(*connection_).get_executor(); }

  /// Something has come since this was asked last.
  [[nodiscard]] bool heard() noexcept { return std::exchange(heard_, false); }
  void cut() { tunnel_stream::cut(*connection_); }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& into, Token&& token) {
    std::span<char> room;
    for (const boost::asio::mutable_buffer each : boost::beast::buffers_range_ref(into)) {
      if (room.empty()) room = {static_cast<char*>(each.data()), each.size()};
    }
    return boost::asio::async_compose<Token, void(error_code, std::size_t)>(read_op{*this, room}, token,
                                                                            get_executor());
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& from, Token&& token) {
    std::string_view first;
    std::string_view second;
    for (const boost::asio::const_buffer each : boost::beast::buffers_range_ref(from)) {
      const std::string_view part{static_cast<const char*>(each.data()), each.size()};
      if (first.empty()) {
        first = part;
      } else if (second.empty()) {
        second = part;
      }
    }
    return boost::asio::async_compose<Token, void(error_code, std::size_t)>(write_op{*this, first, second}, token,
                                                                            get_executor());
  }

  // For the handshake alone: what Beast would answer has been answered.
  template <class Buffers>
  std::size_t write_some(const Buffers& from, error_code& error) {
    error = {};
    return boost::beast::buffer_bytes(from);
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& from) {
    return boost::beast::buffer_bytes(from);
  }
  template <class Buffers>
  std::size_t read_some(const Buffers&, error_code& error) {
    error = boost::asio::error::eof;
    return 0;
  }
  template <class Buffers>
  std::size_t read_some(const Buffers&) {
    throw boost::system::system_error{boost::asio::error::eof};
  }

 private:
  using kind = net::io_result::kind;

  // What both operations share: an outcome is told from a posted call if nothing had to be waited for.
  struct operation {
    template <class Self>
    void finish(Self& self, error_code error, std::size_t count) {
      error_ = error;
      count_ = count;
      if (waited_) return self.complete(error_, count_);
      done_ = true;
      const auto executor = io_->get_executor();
      boost::asio::post(executor, std::move(self));
    }

    websocket_io* io_;
    bool waited_ = false;
    bool done_ = false;
    error_code error_{};
    std::size_t count_ = 0;
  };

  struct read_op : operation {
    read_op(websocket_io& io, std::span<char> into) noexcept : operation{&io}, into_{into} {}

    template <class Self>
    void operator()(Self& self, error_code error = {}) {
      if (done_) return self.complete(error_, count_);
      connection& c = *io_->connection_;
      if (error || tunnel_stream::closed(c)) return finish(self, boost::asio::error::operation_aborted, 0);
      if (into_.empty()) return finish(self, {}, 0);
      const net::io_result got = tunnel_stream::try_read(c, into_);
      if (got.what == kind::would_block) {
        waited_ = true;
        return tunnel_stream::transport(c).async_wait_readable(std::move(self));
      }
      if (got.what == kind::end_of_file) return finish(self, boost::asio::error::eof, 0);
      if (got.what == kind::failed) return finish(self, boost::asio::error::connection_reset, 0);
      io_->heard_ = true;
      io_->guard_.pass(into_.first(got.count));
      finish(self, {}, got.count);
    }

    std::span<char> into_;
  };

  struct write_op : operation {
    write_op(websocket_io& io, std::string_view first, std::string_view second) noexcept
        : operation{&io}, first_{first}, second_{second} {}

    template <class Self>
    void operator()(Self& self, error_code error = {}) {
      if (done_) return self.complete(error_, count_);
      connection& c = *io_->connection_;
      const bool in_time = !waited_ || tunnel_stream::write_waited(c);
      if (!in_time) return finish(self, boost::asio::error::timed_out, 0);
      if (error || tunnel_stream::closed(c)) return finish(self, boost::asio::error::operation_aborted, 0);
      if (first_.empty()) return finish(self, {}, 0);
      const net::io_result wrote = tunnel_stream::try_write(c, first_, second_);
      if (wrote.what == kind::would_block) {
        waited_ = true;
        tunnel_stream::write_waits(c, true);
        return tunnel_stream::transport(c).async_wait_writable(std::move(self));
      }
      if (wrote.what != kind::bytes) return finish(self, boost::asio::error::broken_pipe, 0);
      finish(self, {}, wrote.count);
    }

    std::string_view first_;
    std::string_view second_;
  };

  connection* connection_;
  http::websocket_guard guard_;
  bool heard_ = false;
};

// The connection ends itself, and lingers, when the WebSocket has ended.
template <class Handler>
void async_teardown(boost::beast::role_type, websocket_io& io, Handler&& handler) {
  boost::asio::post(io.get_executor(),
                    boost::beast::bind_handler(std::forward<Handler>(handler), boost::system::error_code{}));
}
inline void teardown(boost::beast::role_type, websocket_io&, boost::system::error_code& error) {
  error = {};
}
inline void beast_close_socket(websocket_io& io) {
  io.cut();
}

}  // namespace baton::session
