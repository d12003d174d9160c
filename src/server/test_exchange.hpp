// One request of the test client: what session/connection does for a request, without a connection. The parts that
// decide are the same ones: head parser, body reader, routes, error answers, serialiser.
#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/cancellation_signal.hpp>

#include <baton/background.hpp>
#include <baton/connection_info.hpp>
#include <baton/options.hpp>
#include <baton/request.hpp>
#include <baton/response.hpp>
#include <baton/test_client.hpp>

#include "http/exchange.hpp"
#include "http/head_parser.hpp"
#include "http/route_table.hpp"
#include "session/body_reader.hpp"
#include "session/virtual_time.hpp"

namespace baton {

/// Where it happens.
class test_surroundings {
 public:
  [[nodiscard]] virtual std::chrono::system_clock::time_point now() const noexcept = 0;
  [[nodiscard]] virtual std::chrono::steady_clock::time_point steady_now() const noexcept = 0;
  virtual void start_background(background_job work) = 0;
  [[nodiscard]] virtual session::virtual_time& time() noexcept = 0;

 protected:
  ~test_surroundings() = default;
};

/// Logs an exception that ended a background task; null is none.
void report_failure(const std::exception_ptr& error);

class test_exchange final : private http::exchange {
 public:
  /// Everything must outlive it. Throws std::invalid_argument if `bytes` has no whole head.
  test_exchange(test_surroundings& around, const options& settings, const http::route_table& table,
                const connection_info& who, std::string bytes);

  /// For how long a streamed answer may wait until it is told of a drain.
  void patience(std::chrono::nanoseconds time) noexcept { patience_ = time; }
  /// A route's time-out is told to the coroutine by it.
  void cancel_by(boost::asio::cancellation_signal& signal) noexcept { cancel_ = &signal; }
  [[nodiscard]] task<void> run();

  /// After `run`.
  void write_to(test_reply& reply, std::string_view date_line, std::string_view server_line) const;

 private:
  class streamed_body final : public body_stream {
   public:
    explicit streamed_body(test_exchange& owner) noexcept : owner_{owner} {}
    task<std::string_view> read() override;

   private:
    test_exchange& owner_;
  };

  body_stream& body() override { return stream_; }
  task<response> run_blocking(const handler::plain& call, request& req) override { co_return call(req); }
  void run_in_background(background_job work) override { around_.start_background(std::move(work)); }
  [[nodiscard]] std::chrono::system_clock::time_point now() const noexcept override { return around_.now(); }
  /// Real time: files change by it, even while the exchange's own clock stands still.
  [[nodiscard]] std::chrono::steady_clock::time_point ready_since() override {
    return std::chrono::steady_clock::now();
  }
  [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const noexcept override {
    return around_.steady_now();
  }

  [[nodiscard]] const options* settings() const noexcept override { return &settings_; }

  [[nodiscard]] std::string_view next_piece();
  bool collect();
  [[nodiscard]] task<response> answer();
  [[nodiscard]] task<response> answer_in_time();
  [[nodiscard]] task<void> produce();
  void take_file();

  test_surroundings& around_;
  const options& settings_;
  const http::route_table& table_;
  const std::string bytes_;
  std::string_view rest_;  // of bytes_: the body as it is on the wire
  request request_;
  http::head_info info_;
  session::body_reader reader_;
  streamed_body stream_{*this};
  std::string collected_;
  boost::asio::cancellation_signal* cancel_ = nullptr;
  const http::route* route_ = nullptr;
  std::optional<response> refused_;
  response answer_;
  std::chrono::nanoseconds patience_{0};
  std::string produced_;
  std::vector<std::pair<std::string, std::string>> trailers_;
  bool cut_ = false;
};

}  // namespace baton
