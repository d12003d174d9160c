// Precompressed files that lie beside the one asked for, and which of them a client gets.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include <baton/request.hpp>

#include "http/content_coding.hpp"

namespace baton::content {

struct sibling {
  http::coding how;
  std::string_view suffix;
};
// The smallest first.
inline constexpr std::array<sibling, 3> siblings{
    {{http::coding::brotli, ".br"}, {http::coding::zstd, ".zst"}, {http::coding::gzip, ".gz"}}};

/// The first for which `exists` of those that the client likes best, and at least as well as the file itself.
template <class Exists>
http::coding choose_coding(const request& req, Exists exists) {
  const http::accepted_codings accepted{req};
  std::array<sibling, siblings.size()> order = siblings;
  std::stable_sort(order.begin(), order.end(), [&](const sibling& a, const sibling& b) {
    return accepted.quality(a.how) > accepted.quality(b.how);
  });
  for (const sibling& each : order) {
    const unsigned quality = accepted.quality(each.how);
    if (quality == 0 || quality < accepted.quality(http::coding::identity)) break;
    if (exists(each)) return each.how;
  }
  return http::coding::identity;
}

}  // namespace baton::content
