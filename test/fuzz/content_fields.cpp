// Fields that choose what of a content is sent: ranges, conditions with their tags and dates, accepted codings.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <baton/ranges.hpp>

#include "expect.hpp"
#include "http/content_coding.hpp"
#include "http/date.hpp"
#include "http/request_access.hpp"

using namespace baton;

namespace {

void check_ranges(std::string_view text, std::uint64_t size) {
  const range_selection selected = select_ranges(text, size);
  fuzz::expect((selected.what == range_selection::kind::partial) == !selected.parts.empty());
  fuzz::expect(selected.parts.size() <= most_ranges);
  std::uint64_t total = 0;
  for (const byte_range& part : selected.parts) {
    fuzz::expect(part.length != 0 && part.first < size && part.length <= size - part.first);
    total += part.length;
  }
  fuzz::expect(total <= size);
}

// What is read is written back as the same moment.
void check_date(std::string_view text) {
  const auto when = parse_http_date(text);
  if (when) fuzz::expect(parse_http_date(http::format_date(*when)) == when);
}

void check_conditions(std::string_view text) {
  for (const field id : {field::if_match, field::if_none_match, field::if_modified_since, field::if_unmodified_since,
                         field::if_range, field::accept_encoding}) {
    request req;
    http::request_access::method(req) = method::get;
    http::request_access::fields(req).push_back({id, "Name", text});
    const validators current{"\"abc\"", std::chrono::sys_seconds{std::chrono::seconds{784111777}}, true, true};
    const precondition outcome = evaluate(req, current);
    fuzz::expect(outcome == precondition::none || id != field::if_range);
    static_cast<void>(range_applies(req, current));
    constexpr std::array offered{http::coding::brotli, http::coding::gzip};
    const http::accepted_codings accepted{req};
    const http::coding chosen = accepted.best(offered);
    fuzz::expect(chosen == http::coding::identity || accepted.quality(chosen) != 0);
    fuzz::expect(accepted.quality(chosen) <= 1000);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::uint64_t content = (std::uint64_t{data[0]} << 8U) | data[1];
  const std::string_view text{reinterpret_cast<const char*>(data) + 2, size - 2};
  check_ranges(text, content);
  check_ranges(text, content << 40U);
  check_date(text);
  check_conditions(text);
  return 0;
}
