// Content codings on the fly, as middleware: answers are compressed, request bodies inflated.
//
//     routes.group("/api", [](baton::router& api) {
//       api.use(baton::compression());
//       api.use(baton::inflate_requests());
//       ...
//     });
//
// An answer that holds a secret beside text of the attacker's choice gives the secret away by its compressed length
// (BREACH): leave `compression` off such routes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <baton/router.hpp>

namespace baton {

struct compression_options {
  /// Bodies whose length is known and smaller are sent as they are.
  std::size_t minimum_size = 1024;
  /// Likewise larger ones, which would keep a worker busy. Zero: no limit.
  std::uint64_t maximum_size = 64 * 1024 * 1024;
  /// 1 (fast) to 9 (small); zero: no gzip. About 270 KiB of memory for each answer that is being compressed.
  int gzip_level = 5;
  /// 1 (fast) to 11 (small); zero: no brotli, which is else preferred. About 1.5 MiB of memory each.
  int brotli_quality = 4;
  /// Media types, `text/css` or `text/*`. Empty: text (but no event streams), JSON, XML, scripts, SVG, WebAssembly,
  /// fonts that are not compressed in themselves.
  std::vector<std::string> types{};
};

/// Compresses answers of the types named with gzip or brotli, by `Accept-Encoding` and its q-values (RFC 9110
/// section 12.5.3), and adds `Vary: Accept-Encoding`. Left as they are: what has a `Content-Encoding` or
/// `Content-Range`, `Cache-Control: no-transform`, 1xx, 204, 206, 304 and upgrades. A strong `ETag` becomes weak,
/// `Accept-Ranges` goes. Streams are compressed piece by piece; what their writer flushes reaches the client
/// at once. Throws std::invalid_argument for a level out of range.
[[nodiscard]] middleware compression(compression_options options = {});

struct inflation_options {
  /// Inflated bytes of one body. 413.
  std::uint64_t maximum_size = 8 * 1024 * 1024;
  /// Inflated bytes for each byte received, once there are 64 KiB of them. 413. Zero: no limit.
  std::uint64_t maximum_ratio = 100;
  /// Also takes brotli, whose decoder needs up to 16 MiB where the client wants it to.
  bool brotli = true;
};

/// Lets handlers, those that read a `body_stream` too, see bodies with `Content-Encoding: gzip`, `deflate` or
/// `br` as they were before: without that field and with no `content_length()` unless the body is collected.
/// `limits.body` counts what is received. 400 for a body that is no such coding or is cut short, 413 over the limits,
/// 415 with `Accept-Encoding` for another coding or several.
[[nodiscard]] middleware inflate_requests(inflation_options options = {});

}  // namespace baton
