// An exchange in front of another one, for middleware that changes one thing of it.
#pragma once

#include <utility>

#include "http/exchange.hpp"

namespace baton::http {

class forwarding_exchange : public exchange {
 public:
  explicit forwarding_exchange(exchange& to) noexcept : to_{to} {}

  body_stream& body() override { return to_.body(); }
  task<response> run_blocking(const handler::plain& call, request& req) override { return to_.run_blocking(call, req); }
  [[nodiscard]] const options* settings() const noexcept override { return to_.settings(); }
  void run_in_background(background_job work) override { to_.run_in_background(std::move(work)); }
  [[nodiscard]] std::chrono::system_clock::time_point now() const noexcept override { return to_.now(); }
  [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const noexcept override { return to_.steady_now(); }
  [[nodiscard]] const proxy_trust* trust() const noexcept override { return to_.trust(); }
  [[nodiscard]] bool secure() const noexcept override { return to_.secure(); }

 protected:
  ~forwarding_exchange() = default;

 private:
  exchange& to_;
};

}  // namespace baton::http
