#include "tally.hpp"

#include <iostream>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace baton::bench {
namespace {

constexpr std::uint64_t told = 5;  // failures that are worth a line each

double us(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::micro>{time}.count();
}

}  // namespace

tally::tally(const options& wanted)
    : warm_{wanted.warm},
      length_{wanted.time},
      window_{wanted.window},
      all_latencies_{wanted.histogram},
      windows_(static_cast<std::size_t>((wanted.time + wanted.window - steady::duration{1}) / wanted.window)) {}

void tally::start() noexcept {
  begin_ = steady::now() + warm_;
  end_ = begin_ + length_;
}

void tally::in_window(time now, std::uint64_t count) noexcept {
  const auto window = static_cast<std::size_t>((now - begin_) / window_);
  if (window < windows_.size()) windows_[window] += count;
}

void tally::happened(time now, std::uint64_t count) noexcept {
  if (!measures(now)) return;
  requests_ += count;
  in_window(now, count);
}

void tally::answered(time now, time since, std::uint64_t count) noexcept {
  if (!measures(now)) return;
  latencies_.add(now - since, count);
  happened(now, count);
}

void tally::answered_due(time now, time due) noexcept {
  if (!measures(due)) return;
  ++requests_;
  latencies_.add(now - due);
  in_window(now, 1);
}

void tally::late(time now, time due) noexcept {
  if (measures(due)) lateness_.add(now - due);
}

void tally::unsent(time due) noexcept {
  if (!measures(due)) return;
  ++notes_["unsent"];
  latencies_.add(end_ - due);
}

void tally::received(time now, std::size_t bytes) noexcept {
  if (measures(now)) bytes_ += bytes;
}

void tally::connected(time now) noexcept {
  if (measures(now)) ++connects_;
}

void tally::failed(const std::string& what) {
  if (++errors_ <= told) std::cerr << "bench_load: " << what << '\n';
}

std::string tally::json() const {
  const double seconds = std::chrono::duration<double>{length_}.count();
  auto line = fmt::format(
      R"({{"requests":{},"seconds":{},"rate":{:.1f},"bytes":{},"errors":{},"connects":{},)"
      R"("p50_us":{:.1f},"p90_us":{:.1f},"p99_us":{:.1f},"p999_us":{:.1f},"max_us":{:.1f},"windows":[{}],)"
      R"("began_ns":{})",
      requests_, seconds, static_cast<double>(requests_) / seconds, bytes_, errors_, connects_, us(latencies_.at(0.5)),
      us(latencies_.at(0.9)), us(latencies_.at(0.99)), us(latencies_.at(0.999)), us(latencies_.longest()),
      fmt::join(windows_, ","), std::chrono::nanoseconds{begin_.time_since_epoch()}.count());
  for (const auto& [name, value] : notes_) line += fmt::format(R"(,"{}":{})", name, value);
  if (lateness_.count() != 0) line += fmt::format(R"(,"late_p99_us":{:.1f})", us(lateness_.at(0.99)));
  if (!all_latencies_) return line + '}';
  std::vector<std::string> shares;
  for (const auto& [value, count] : latencies_.shares()) shares.push_back(fmt::format("[{},{}]", value.count(), count));
  return line + fmt::format(R"(,"histogram":[{}]}})", fmt::join(shares, ","));
}

}  // namespace baton::bench
