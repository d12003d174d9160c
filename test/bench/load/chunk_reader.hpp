// The chunked coding (RFC 9112, section 7.1), for answers whose length is not known before: enough to find
// their end and what they say. Strict about sizes and line ends; extensions are passed over, and so are
// trailers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace baton::bench {

class chunk_reader {
 public:
  /// Takes bytes up to the end of the body; returns how many. `body`, if given, gets what the chunks hold.
  std::size_t take(std::string_view bytes, std::string* body);

  [[nodiscard]] bool whole() const noexcept { return state_ == state::whole; }
  [[nodiscard]] bool malformed() const noexcept { return state_ == state::malformed; }

 private:
  enum class state { line, data, data_end, trailer, whole, malformed };
  void end_line();

  state state_ = state::line;
  std::uint64_t left_ = 0;  // bytes of the chunk, or of the line end behind it
  std::string line_;
};

}  // namespace baton::bench
