#include <baton/negotiation.hpp>

#include <algorithm>
#include <string>

#include <fmt/core.h>

#include "http/syntax.hpp"

namespace baton {
namespace {

// More elements than anybody sends are not looked at.
constexpr int most_listed = 64;

// `weight` of RFC 9110 section 12.4.2 in thousandths; 1000 where there is none, nullopt where it cannot be read.
std::optional<int> quality_of(std::string_view parameters) noexcept {
  while (!parameters.empty()) {
    const std::size_t end = std::min(parameters.find(';'), parameters.size());
    const std::string_view one = http::trim(parameters.substr(0, end));
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
    if (one.size() < 2 || http::to_lower(one[0]) != 'q' || one[1] != '=') continue;
    const std::string_view text = one.substr(2);
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
    if (text.size() > 1 && text[1] != '.') return std::nullopt;
    int value = (text[0] - '0') * 1000;
    int worth = 100;
    for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
      if (!http::is_digit(c)) return std::nullopt;
      value += (c - '0') * worth;
      worth /= 10;
    }
    return value <= 1000 ? std::optional{value} : std::nullopt;
  }
  return 1000;
}

// How well the range fits the offer, 0: not at all; the larger, the more specific.
int fit_of_type(std::string_view range, std::string_view offer) noexcept {
  if (http::iequals(range, offer)) return 3;
  if (range == "*/*") return 1;
  const bool any_subtype = range.size() > 2 && range.ends_with("/*");
  return any_subtype && http::iequals(range.substr(0, range.size() - 1), offer.substr(0, range.size() - 1)) ? 2 : 0;
}

bool is_prefix_tag(std::string_view shorter, std::string_view longer) noexcept {
  return longer.size() > shorter.size() && longer[shorter.size()] == '-' &&
         http::iequals(shorter, longer.substr(0, shorter.size()));
}

int fit_of_language(std::string_view range, std::string_view offer) noexcept {
  if (range == "*") return 1;
  if (http::iequals(range, offer)) return 1000;
  if (is_prefix_tag(range, offer)) return static_cast<int>(std::min<std::size_t>(range.size(), 400)) + 500;
  return is_prefix_tag(offer, range) ? static_cast<int>(std::min<std::size_t>(offer.size(), 400)) + 2 : 0;
}

struct match {
  int fit = 0;
  int quality = 0;
};

// The most specific range of the field that fits the offer.
template <class Fit>
match best_match(const request& req, field id, std::string_view offer, Fit fit_of) noexcept {
  match best;
  int looked_at = 0;
  for (const field_line& line : req.fields()) {
    if (line.id != id) continue;
    for (std::string_view list = line.value; !list.empty() && looked_at < most_listed; ++looked_at) {
      const std::string_view element = http::take_element(list);
      const std::size_t end = std::min(element.find(';'), element.size());
      const int fit = fit_of(http::trim(element.substr(0, end)), offer);
      if (fit <= best.fit) continue;
      const auto quality = quality_of(element.substr(std::min(end + 1, element.size())));
      if (quality) best = {fit, *quality};
    }
  }
  return best;
}

template <class Fit>
std::optional<std::string_view> choose(const request& req, field id, std::initializer_list<std::string_view> offers,
                                       Fit fit_of) {
  if (offers.size() == 0) return std::nullopt;
  if (http::trim(req.get(id).value_or("")).empty()) return *offers.begin();
  std::optional<std::string_view> chosen;
  match best;
  for (const std::string_view offer : offers) {
    const match found = best_match(req, id, offer, fit_of);
    // Of two languages with the same quality the one that was named more exactly; of media types the first.
    const bool closer = id == field::accept_language && found.quality == best.quality && found.fit > best.fit;
    if (found.quality == 0 || (found.quality <= best.quality && !closer)) continue;
    chosen = offer;
    best = found;
  }
  return chosen;
}

}  // namespace

std::optional<std::string_view> choose_type(const request& req, std::initializer_list<std::string_view> offers) {
  return choose(req, field::accept, offers, fit_of_type);
}

std::string_view require_type(const request& req, std::initializer_list<std::string_view> offers) {
  if (const auto chosen = choose_type(req, offers)) return *chosen;
  std::string list;
  for (const std::string_view offer : offers) list += (list.empty() ? "" : ", ") + std::string{offer};
  http_error error{status::not_acceptable, "not_acceptable"};
  error.detail(fmt::format("this can be had as {}", list)).set("Vary", "Accept");
  throw error;
}

std::optional<std::string_view> choose_language(const request& req, std::initializer_list<std::string_view> offers) {
  return choose(req, field::accept_language, offers, fit_of_language);
}

void add_vary(response& answer, std::string_view name) {
  const std::string present{answer.get("Vary").value_or("")};
  for (std::string_view list = present; !list.empty();) {
    const std::string_view each = http::take_element(list);
    if (each == "*" || http::iequals(each, name)) return;
  }
  answer.set("Vary", present.empty() ? std::string{name} : fmt::format("{}, {}", present, name));
}

bool is_local_target(std::string_view target) noexcept {
  if (target.empty() || target[0] != '/' || (target.size() > 1 && target[1] == '/')) return false;
  return std::all_of(target.begin(), target.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7f && c != '\\';
  });
}

response local_redirect(std::string_view target, std::string_view fallback, status with) {
  return response::redirect(is_local_target(target) ? target : fallback, with);
}

}  // namespace baton
