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

#include <baton/client_address.hpp>
#include <baton/options.hpp>
#include <baton/request.hpp>

#include "http/redactions.hpp"

namespace baton::http {

struct access_facts {
  const request* of = nullptr;  ///< null: it never was whole
  unsigned status = 0;
  std::uint64_t body = 0;  ///< bytes, before framing
  std::chrono::system_clock::time_point when;
  client_address client;  ///< of `of`, or the peer's
};

/// Appends a line without its end; it holds no line feed.
void begin_access_line(std::string& out, access_log_format format, const redactions& hidden, const access_facts& facts);

/// Appends the end of a line with its line feed. `cut`: the answer did not leave whole.
void finish_access_line(std::string& out, access_log_format format, std::chrono::nanoseconds took, bool cut);

}  // namespace baton::http
