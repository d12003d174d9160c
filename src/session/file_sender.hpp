// How far the sending of a body that lies in a file has come. The texts between the regions go through
// the connection's output buffer, the bytes of the file straight from the page cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <baton/file_content.hpp>

#include "net/transport.hpp"

namespace baton::session {

class file_sender {
 public:
  void begin(std::shared_ptr<const file_content> content) noexcept;
  /// Forgets the body; its descriptor is closed if nothing else holds it.
  void clear() noexcept { begin(nullptr); }
  /// There is a body that has not wholly been sent, or put into the output.
  [[nodiscard]] explicit operator bool() const noexcept { return content_ != nullptr; }

  /// One step, with nothing before it in the output. `bytes`: something has left, or was put into `out` and
  /// has to leave before the next step. `would_block` also when it has sent so much at once that other
  /// connections should have their turn; `end_of_file`: the file has become too short.
  [[nodiscard]] net::io_result send(net::transport& to, std::string& out);

 private:
  static constexpr std::size_t turn = 1024 * 1024;

  std::shared_ptr<const file_content> content_;
  std::size_t region_ = 0;
  std::uint64_t done_ = 0;  // of the region
  std::size_t this_turn_ = 0;
  bool announced_ = false;  // what stands before the region is in the output
};

}  // namespace baton::session
