#include "server/own_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace baton {
namespace {

constexpr std::size_t most_metrics = 1000;
constexpr std::size_t longest_series = 100;  // what is left of a carried counter's name
constexpr std::size_t most_bounds = 64;

bool is_letter(char c, bool colons) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (colons && c == ':');
}

bool is_name(std::string_view text, bool colons) noexcept {
  if (text.empty() || !is_letter(text.front(), colons)) return false;
  const auto fits = [colons](char c) { return is_letter(c, colons) || (c >= '0' && c <= '9'); };
  return std::all_of(text.begin(), text.end(), fits);
}

[[noreturn]] void refuse(const std::string& name, std::string_view why) {
  throw std::invalid_argument{fmt::format("metric `{}`: {}", name, why)};
}

// A name for the hand-over, which takes printable ASCII alone.
std::string series_of(const std::string& name, const metric_labels& labels) {
  std::string text = name;
  for (const auto& [label, value] : labels) {
    text += ',' + label + '=';
    for (const char c : value) {
      if (c > ' ' && c <= '~' && c != '%' && c != ',') {
        text += c;
      } else {
        text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
      }
    }
  }
  return text;
}

}  // namespace

void own_metrics::check(const std::string& name, const metric_labels& labels, std::size_t which) const {
  if (!is_name(name, true)) refuse(name, "that is no name");
  if (name.starts_with("baton_") || name.starts_with("process_")) refuse(name, "the library has names like this");
  for (const auto& [label, value] : labels) {
    if (!is_name(label, false) || label.starts_with("__") || label == "le") refuse(name, "`" + label + "` is no label");
  }
  if (series_of(name, labels).size() > longest_series) refuse(name, "name and labels are too long");
  if (entries_.size() == most_metrics) refuse(name, "there are too many");
  for (const entry& each : entries_) {
    if (each.name != name) continue;
    if (each.labels == labels) refuse(name, "it is there already");
    if (each.value.index() != which) refuse(name, "it is there already, as another kind");
  }
}

carried_counter& own_metrics::carry(const std::string& series, const std::string& part) {
  return carried_.add("baton.own." + series + part);
}

metric_counter& own_metrics::counter(std::string name, std::string help, metric_labels labels) {
  check(name, labels, 0);
  auto made = std::make_unique<metric_counter>(carry(series_of(name, labels), {}));
  metric_counter& result = *made;
  entries_.push_back({std::move(name), std::move(help), std::move(labels), std::move(made)});
  return result;
}

metric_gauge& own_metrics::gauge(std::string name, std::string help, metric_labels labels) {
  check(name, labels, 1);
  auto made = std::make_unique<metric_gauge>();
  metric_gauge& result = *made;
  entries_.push_back({std::move(name), std::move(help), std::move(labels), std::move(made)});
  return result;
}

metric_histogram& own_metrics::histogram(std::string name, std::string help, std::vector<double> bounds,
                                         metric_labels labels) {
  check(name, labels, 2);
  const bool ascending = std::adjacent_find(bounds.begin(), bounds.end(), std::greater_equal<>{}) == bounds.end();
  const bool finite = std::all_of(bounds.begin(), bounds.end(), [](double bound) { return std::isfinite(bound); });
  if (bounds.empty() || bounds.size() > most_bounds || !ascending || !finite) refuse(name, "its bounds are wrong");
  const std::string series = series_of(name, labels);
  std::vector<carried_counter*> counts;
  // By the bound and not by its place: a build with other bounds must not read these counts as its own.
  for (const double bound : bounds) counts.push_back(&carry(series, fmt::format("|{:.6g}", bound)));
  counts.push_back(&carry(series, "|inf"));
  carried_counter& sum = carry(series, "|sum");
  auto made = std::make_unique<metric_histogram>(std::move(bounds), std::move(counts), sum);
  metric_histogram& result = *made;
  entries_.push_back({std::move(name), std::move(help), std::move(labels), std::move(made)});
  return result;
}

void metric_histogram::observe(double value) noexcept {
  const double counted = value > 0 ? value : 0;
  const auto found = std::lower_bound(bounds_.begin(), bounds_.end(), counted);
  counts_[static_cast<std::size_t>(found - bounds_.begin())]->add();
  constexpr double most = 1e12;  // in millionths it still fits
  sum_.add(static_cast<std::uint64_t>(std::llround(std::min(counted, most) * 1e6)));
}

metric_counter& metric_registry::counter(std::string name, std::string help, metric_labels labels) {
  return kept_.counter(std::move(name), std::move(help), std::move(labels));
}
metric_gauge& metric_registry::gauge(std::string name, std::string help, metric_labels labels) {
  return kept_.gauge(std::move(name), std::move(help), std::move(labels));
}
metric_histogram& metric_registry::histogram(std::string name, std::string help, std::vector<double> bounds,
                                             metric_labels labels) {
  return kept_.histogram(std::move(name), std::move(help), std::move(bounds), std::move(labels));
}

}  // namespace baton
