#include "os/error.hpp"

namespace baton::os {

std::string error::text() const {
  if (!code) return what;
  std::string message = code.message();
  // "No such file" in the middle of a line; "I/O error" keeps its capitals.
  const bool word = message.size() > 1 && message[1] >= 'a' && message[1] <= 'z';
  if (word && message[0] >= 'A' && message[0] <= 'Z') message[0] = static_cast<char>(message[0] - 'A' + 'a');
  return what + ": " + message;
}

}  // namespace baton::os
