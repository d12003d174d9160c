// What a connection needs while it serves requests and an idle one does not: buffers, the request,
// the body's state. Kept in a pool per worker; an idle connection gives its own back after a while,
// so that a hundred thousand of them cost little more than their sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <baton/options.hpp>
#include <baton/request.hpp>

#include "http/head_parser.hpp"
#include "session/body_reader.hpp"
#include "session/collected_body.hpp"
#include "session/file_sender.hpp"
#include "session/input_buffer.hpp"

namespace baton::session {

struct workspace {
  explicit workspace(const options& settings) : body{settings} {}

  input_buffer in;
  baton::request request;
  http::head_info head;
  body_reader body;
  collected_body collected;
  std::string out;  // answers not sent yet
  std::string large_body;
  std::shared_ptr<const file_content> large_file;  // keeps `large`, where it is of a file in memory
  std::string unlogged;                            // access log lines of answers in the output, without their ends
  file_sender file;                                // a body that lies in a file, sent last
  std::size_t read_at_once = 0;                    // of a streamed body, since the others had their turn
  std::uint64_t turn_began = 0;                    // what was written by then, of a streamed answer
  std::string_view
      large;  // a large body: a literal, `large_body` or of `large_file`; sent after `out` without copying it there

  /// The body of the answer whose head is in `out`. From memory up to `copied` bytes are put behind it.
  void queue_file(const std::shared_ptr<const file_content>& content, std::size_t copied);
  /// Forgets everything but the memory.
  void clear() noexcept;
};

/// One worker's. Keeps at most `kept` of them, and none that has grown large.
///
/// So many are also enough for connections that only wait: where more are taken, those that become idle give theirs
/// back at once (`scarce`). Ten thousand connections that come at the same moment then never have ten thousand
/// workspaces, whose memory, in pieces between what stays, the system would not get back.
class workspace_pool {
 public:
  explicit workspace_pool(const options& settings) noexcept : settings_{settings} {}

  [[nodiscard]] std::unique_ptr<workspace> take();
  [[nodiscard]] std::size_t taken() const noexcept { return taken_; }
  /// As many have been taken as are kept.
  [[nodiscard]] bool scarce() const noexcept { return taken_ >= kept; }

  static constexpr std::size_t kept = 256;
  void give(std::unique_ptr<workspace> used) noexcept;

 private:
  static constexpr std::size_t large_string = 64 * 1024;

  const options& settings_;
  std::vector<std::unique_ptr<workspace>> free_;
  std::size_t taken_ = 0;
};

}  // namespace baton::session
