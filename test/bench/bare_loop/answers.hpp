// What the bare loop answers: whole answers prepared once a second (for their Date), so that one is a copy.
#pragma once

#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>

namespace baton::bench {

class answers {
 public:
  /// Renders the answers anew if the second has changed.
  void set_date(std::time_t now);

  /// Appends the answer to the request with that head (its empty line included), to POST /echo only its head: then
  /// `body` is how many bytes are to follow. False if the request is none of those known.
  bool append(std::string_view head, std::string& to, std::size_t& body) const;

 private:
  std::time_t second_ = 0;
  std::string plaintext_;
  std::string json_;
  std::string file_;
  std::string echo_;  // up to the length
};

}  // namespace baton::bench
