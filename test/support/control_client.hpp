// The control socket from outside: batonctl as a process, and a client that sends exactly what it is
// told to.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/child_process.hpp"
#include "support/descriptor.hpp"
#include "support/eventually.hpp"

namespace baton::test {

/// How to run batonctl for the server at `path`.
[[nodiscard]] launch batonctl(const std::string& path, std::vector<std::string> arguments);
/// batonctl's program file.
[[nodiscard]] std::string batonctl_program();

class control_client {
 public:
  /// Throws std::system_error if the connection cannot be made.
  explicit control_client(const std::string& path);

  /// False if the server has closed.
  bool send(std::string_view bytes);
  /// Sends end-of-file; answers can still be read.
  void half_close();
  /// The next line, without its end; nullopt when the server has closed. Throws std::runtime_error if
  /// neither comes in time.
  std::optional<std::string> read_line(std::chrono::milliseconds limit = patience);
  /// As `read_line`, which must be an object.
  boost::json::object read(std::chrono::milliseconds limit = patience);
  /// Sends a line and reads one.
  boost::json::object ask(std::string_view line);

 private:
  descriptor fd_;
  std::string bytes_;
};

}  // namespace baton::test
