// Walks the frames of a byte stream ahead of Beast, header by header, for what Beast 1.81 lets pass: a 64-bit length
// whose top bit is set (RFC 6455 section 5.2). Such a length is made zero, which Beast refuses as not minimal, with
// 1002. Sans-IO; payloads are skipped.
#pragma once

#include <cstdint>
#include <span>

namespace baton::http {

class websocket_guard {
 public:
  /// The next bytes of the stream, which may be changed.
  void pass(std::span<char> bytes) noexcept;

 private:
  void take_header(char& byte) noexcept;

  std::uint64_t payload_ = 0;  // bytes of it still to come
  std::uint64_t length_ = 0;
  unsigned at_ = 0;      // bytes of the header so far
  unsigned wide_ = 0;    // bytes of an extended length
  unsigned header_ = 2;  // bytes of the header in all
  bool refused_ = false;
};

}  // namespace baton::http
