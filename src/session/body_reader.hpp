// The body of one request, whatever its framing: takes the bytes that come, gives the pieces of the
// body, keeps the limit and says how long it may wait for more. Sans-IO.
//
// The settings may change between two calls. Sizes hold for a body as they were when it began: what a client
// was promised by a `100 Continue` is kept. Times and rates are asked for anew at every wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include <baton/options.hpp>
#include <baton/route_options.hpp>

#include "http/chunked_decoder.hpp"
#include "http/head_parser.hpp"

namespace baton::session {

class body_reader {
 public:
  using outcome = http::chunked_decoder::outcome;
  using step = http::chunked_decoder::step;

  /// `settings` must stay where they are.
  explicit body_reader(const options& settings) noexcept
      : settings_{&settings}, chunked_{settings.limits.head, settings.limits.fields} {}

  /// A new request, on a route with limits of its own. False: its announced length is over the limit (413 in
  /// `refusal`).
  bool begin(const http::head_info& head, const route_options& own = {}) noexcept;

  /// As chunked_decoder::next.
  [[nodiscard]] step next(std::string_view bytes);

  /// For a body of known length read straight to its place.
  void took(std::size_t count) noexcept { received_ += count; }
  [[nodiscard]] bool has_length() const noexcept { return framing_ == http::body_framing::length; }
  [[nodiscard]] std::uint64_t remaining() const noexcept { return length_ - received_; }

  [[nodiscard]] bool complete() const noexcept { return complete_ || (has_length() && received_ == length_); }
  /// Refused, or cut short: there is no next request behind it.
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  void fail() noexcept { failed_ = true; }
  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }
  [[nodiscard]] const std::vector<field_line>& trailers() const noexcept { return chunked_.trailers(); }
  [[nodiscard]] status refusal() const noexcept { return refusal_; }
  [[nodiscard]] std::string_view reason() const noexcept { return reason_; }

  /// How long to wait for the next byte: `timeouts.body`, and never past the moment at which the
  /// average rate would fall below `timeouts.body_rate`. Zero: no limit. Time spent elsewhere than
  /// waiting for the client does not count.
  [[nodiscard]] std::chrono::milliseconds patience() const noexcept;
  void waited(std::chrono::milliseconds time) noexcept { waited_ += time; }
  /// The average rate is below the minimum. To be asked when bytes have come: a client that sends one
  /// now and then never lets `patience` run out.
  [[nodiscard]] bool too_slow() const noexcept;

  /// The grace before the minimum rate counts.
  static constexpr std::chrono::milliseconds rate_grace{5'000};

 private:
  [[nodiscard]] std::uint64_t rate() const noexcept { return own_.body_rate.value_or(settings_->timeouts.body_rate); }
  [[nodiscard]] std::chrono::milliseconds allowed() const noexcept;
  step refuse(status with, std::string_view why) noexcept;

  const options* settings_;
  route_options own_;        // its route's
  std::uint64_t limit_ = 0;  // of this body; zero: none
  http::chunked_decoder chunked_;
  http::body_framing framing_ = http::body_framing::none;
  bool complete_ = true;
  bool failed_ = false;
  std::uint64_t length_ = 0;
  std::uint64_t received_ = 0;
  std::chrono::milliseconds waited_{0};
  status refusal_ = status::bad_request;
  std::string_view reason_;
};

}  // namespace baton::session
