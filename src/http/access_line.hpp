// A line of the access log, from a request and its answer. It is made in two steps, since the duration is known only
// when the answer has left, and the request may have gone by then: `begin` writes all but the end, `finish` the end.
//
// What a client sends cannot forge a line, a field or a terminal's escape: in `combined` quotes, backslashes, control
// characters and bytes beyond ASCII are escaped (`\"`, `\\`, `\x1b`), in `json` as JSON does it, with what is no UTF-8
// replaced.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <baton/options.hpp>
#include <baton/request.hpp>

namespace baton::http {

/// What is not to be written, see access_log_options::redact.
class redactions {
 public:
  redactions() = default;
  explicit redactions(const std::vector<std::string>& names);

  /// Appends `target`, with `***` for the values of query parameters that are hidden. Their names are compared
  /// decoded and without regard to case.
  void append_target(std::string& out, std::string_view target) const;
  /// Whether the value of the request field is hidden.
  [[nodiscard]] bool hides_field(std::string_view name) const noexcept;

 private:
  [[nodiscard]] bool hides_parameter(std::string_view name) const;

  std::vector<std::string> parameters_;
  std::vector<std::string> fields_;
};

struct access_facts {
  const request* of = nullptr;  ///< null: it never was whole
  unsigned status = 0;
  std::uint64_t body = 0;  ///< bytes, before framing
  std::chrono::system_clock::time_point when;
  std::string_view client;  ///< `192.0.2.1:4711`, `[2001:db8::1]:4711`, without a port, or `unix:`
};

/// Appends a line without its end; it holds no line feed.
void begin_access_line(std::string& out, access_log_format format, const redactions& hidden, const access_facts& facts);

/// Appends the end of a line with its line feed. `cut`: the answer did not leave whole.
void finish_access_line(std::string& out, access_log_format format, std::chrono::nanoseconds took, bool cut);

}  // namespace baton::http
