// The two directions of an upgraded connection. What came behind the request is read first.
#pragma once

#include <baton/body_stream.hpp>

namespace baton::session {

class connection;

class tunnel_stream final : public upgraded_stream {
 public:
  explicit tunnel_stream(connection& c) noexcept : connection_{c} {}
  task<std::string_view> read() override;
  task<void> write(std::string_view data) override;

 private:
  connection& connection_;
};

}  // namespace baton::session
