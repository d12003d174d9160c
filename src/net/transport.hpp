// A connected stream socket, TCP or unix, as the session uses it: direct non-blocking calls first,
// Asio only to wait. The one type that knows both the descriptor and the io_context. With TLS it is the same
// type with the same members: one branch that is always predicted, and no second session.
//
// Rejected for TLS: asio::ssl::stream, which keeps two 17 KiB buffers a connection, copies every byte once
// more and sends the parts of a buffer sequence one by one.
//
// The executor is io_context's own, not any_io_executor: no type erasure on the hot path.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "net/tls_session.hpp"
#include "os/unique_fd.hpp"

namespace baton::net {

/// Whether another process may have the same connection open.
enum class sharing : bool { sole, perhaps_shared };

class transport {
 public:
  using executor_type = boost::asio::io_context::executor_type;
  using socket_type = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, executor_type>;

  /// `socket` is connected, non-blocking and close-on-exec. `family`: AF_INET, AF_INET6 or AF_UNIX. What is shared is
  /// taken out of epoll before it is closed, which the kernel does by itself for the last descriptor.
  ///
  /// The socket enters epoll when it is first waited for: one that is served and closed at once never does. Should
  /// epoll not take it, whatever waits completes with bad_descriptor. Throws if `socket` is empty.
  transport(boost::asio::io_context& context, os::unique_fd socket, int family, sharing shared = sharing::sole);

  /// From now on TLS is spoken: `handshake` first, until it is done. Throws std::bad_alloc.
  void secure(std::shared_ptr<const tls_context> with, tls_buffers& buffers);
  [[nodiscard]] handshake_step handshake() noexcept { return tls_->handshake(); }
  /// Null without TLS, and after `shutdown_write`.
  [[nodiscard]] const tls_session* tls() const noexcept { return tls_.get(); }

  /// Reads once, now.
  [[nodiscard]] io_result try_read(std::span<char> into) noexcept;
  /// Whether a read would find something, without taking it. `count` is at most 1. With TLS the kernel's bytes
  /// count undecrypted: they may turn out to be the peer's farewell.
  [[nodiscard]] io_result peek() noexcept;
  /// Writes once, now: the concatenation of both parts, as much as the kernel takes. With TLS one record at most;
  /// after `would_block` the next call must offer the same bytes again, or more. `more`: further bytes follow at once,
  /// and TCP may wait for them (without TLS).
  [[nodiscard]] io_result try_write(std::string_view first, std::string_view second, bool more = false) noexcept;

  /// Writes once, now, at most `count` bytes of `file` from `offset` on, as many as the kernel takes, without
  /// moving the file's own offset. `end_of_file`: the file has no byte there.
  [[nodiscard]] io_result try_send_file(os::fd_view file, std::uint64_t offset, std::size_t count) noexcept;

  /// Reads when there is something; `handler(error_code, size_t)`. One at a time.
  template <class Handler>
  void async_read(std::span<char> into, Handler handler) {
    attach();
    if (tls_ != nullptr) [[unlikely]] {
      return tls_read<Handler>{this, into, std::move(handler)}.begin();
    }
    socket_.async_read_some(boost::asio::buffer(into.data(), into.size()), std::move(handler));
  }
  /// Only after `try_read` has said would_block: what TLS has decrypted already wakes nobody.
  template <class Token>
  auto async_wait_readable(Token&& token) {
    attach();
    return socket_.async_wait(read_wants_write() ? socket_type::wait_write : socket_type::wait_read,
                              std::forward<Token>(token));
  }
  template <class Token>
  auto async_wait_writable(Token&& token) {
    attach();
    return socket_.async_wait(socket_type::wait_write, std::forward<Token>(token));
  }

  /// Completes without an error when the peer has reset or hung up, not when it has only ended its sending, and perhaps
  /// for less (urgent data): `hung_up` says.
  template <class Token>
  auto async_wait_hangup(Token&& token) {
    attach();
    return socket_.async_wait(socket_type::wait_error, std::forward<Token>(token));
  }
  [[nodiscard]] bool hung_up() noexcept;
  /// Bytes written that the peer's kernel has not acknowledged: progress, where writing does not get on.
  [[nodiscard]] std::size_t unacknowledged() noexcept;

  [[nodiscard]] executor_type get_executor() { return socket_.get_executor(); }
  /// What is under way completes with operation_aborted.
  void cancel() noexcept;
  /// With TLS the peer is told first (close_notify); what is read afterwards is raw, and good for nothing
  /// but to be dropped.
  void shutdown_write() noexcept;
  /// Tells a TLS peer that has said farewell the same, before `close`.
  void answer_farewell() noexcept {
    if (tls_ != nullptr) tls_->notify_close();
  }
  /// In the place of a TLS handshake: tells a client that speaks plain HTTP what is wrong, as far as the kernel
  /// takes it.
  void refuse_plain_http() noexcept;
  /// Idempotent. What is under way completes with operation_aborted.
  void close() noexcept;
  /// Gives the socket away, out of the reactor; nothing may be under way, no TLS spoken. Throws
  /// boost::system::system_error.
  [[nodiscard]] os::unique_fd release();
  [[nodiscard]] int family() const noexcept { return family_; }
  [[nodiscard]] bool is_open() const noexcept { return unattached_ || socket_.is_open(); }

 private:
  [[nodiscard]] io_result copy_from_file(os::fd_view file, std::uint64_t offset, std::size_t count) noexcept;
  // The ciphertext is read into the caller's own room, whose time it has, and decrypted from a copy back
  // into it: one recv a request, and no wait before it.
  template <class Handler>
  struct tls_read {
    transport* self;
    std::span<char> into;
    Handler handler;

    using allocator_type = boost::asio::associated_allocator_t<Handler>;
    [[nodiscard]] allocator_type get_allocator() const noexcept {
      return boost::asio::get_associated_allocator(handler);
    }

    // No more than `feed` takes.
    [[nodiscard]] std::span<char> room() const noexcept {
      return into.first(std::min(into.size(), sizeof(tls_buffers::ciphertext)));
    }

    void begin() && {
      if (!self->tls_->pending()) return std::move(*this).go_on();
      const io_result got = self->tls_->read(into);
      if (got.what == io_result::kind::would_block) return std::move(*this).go_on();
      auto executor = self->get_executor();
      const auto allocator = get_allocator();
      boost::asio::post(executor, boost::asio::bind_allocator(allocator, [got, handler = std::move(handler)]() mutable {
                          finish(got, handler);
                        }));
    }

    void operator()(const boost::system::error_code& error, std::size_t count = 0) {
      if (error || self->tls_ == nullptr) return handler(error, count);
      if (count != 0) self->tls_->feed({into.data(), count}, count == room().size());
      const io_result got = self->tls_->read(into);
      if (got.what == io_result::kind::would_block) return std::move(*this).go_on();
      finish(got, handler);
    }

    void go_on() && {
      transport& t = *self;
      const auto place = boost::asio::buffer(room().data(), room().size());
      if (t.tls_->wants_write()) {
        t.socket_.async_wait(socket_type::wait_write, std::move(*this));
      } else {
        t.socket_.async_read_some(place, std::move(*this));
      }
    }

    static void finish(io_result got, Handler& handler) {
      switch (got.what) {
        case io_result::kind::bytes:
          return handler({}, got.count);
        case io_result::kind::end_of_file:
          return handler(boost::asio::error::eof, 0);
        default:
          return handler(boost::asio::error::connection_reset, 0);
      }
    }
  };

  void attach() noexcept {
    if (unattached_) [[unlikely]] {
      enter_reactor();
    }
  }
  void enter_reactor() noexcept;

  [[nodiscard]] bool read_wants_write() const noexcept { return tls_ != nullptr && tls_->wants_write(); }

  // Tells Asio what it would ask, or do, by system calls: that the descriptor is non-blocking (an ioctl with the first
  // read) and nobody else's (an epoll_ctl before the close). Should a child that is about to exec hold a copy
  // at that moment, late events reach a descriptor's state that Asio keeps for the next one, as a readiness that is
  // none.
  class adopting_socket : public socket_type {
   public:
    using socket_type::socket_type;
    /// False: neither the reactor nor this has it. May throw std::bad_alloc.
    [[nodiscard]] bool adopt(const protocol_type& protocol, int descriptor, sharing shared);
  };

  adopting_socket socket_;
  os::unique_fd unattached_;  // the socket, until it is in the reactor
  os::fd_view descriptor_;    // the same, wherever it is; of no use once it is closed
  int family_;
  sharing shared_;
  std::unique_ptr<tls_session> tls_;
};

}  // namespace baton::net
