#include "http/claim_index.hpp"

#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

namespace baton::http {
namespace {

struct claim {
  std::size_t ordinal;
  const registration* made;
};

}  // namespace

// In each list one pattern a method, for two with the same path and method conflict.
struct claim_index::node {
  std::map<std::string, std::unique_ptr<node>, std::less<>> literals;
  std::unique_ptr<node> wildcard;
  std::vector<claim> here;  // that end with this node's segment
  std::vector<claim> rest;  // that go on in any way
};

// Visits every place whose paths some path of the pattern shares; of what it finds there, the exact rule decides.
class claim_index::search {
 public:
  explicit search(const pattern& shape) noexcept : shape_{shape} {}

  void visit(const node& at, std::size_t index) {
    look_at(at.rest);
    if (index == shape_.segments.size()) return look_at(at.here);
    const segment& next = shape_.segments[index];
    if (next.kind == segment_kind::rest) return visit_all(at);
    if (next.kind == segment_kind::wildcard) {
      for (const auto& [text, child] : at.literals) visit(*child, index + 1);
    } else if (const auto child = at.literals.find(next.text); child != at.literals.end()) {
      visit(*child->second, index + 1);
    }
    if (at.wildcard) visit(*at.wildcard, index + 1);
  }

  [[nodiscard]] const registration* found() const noexcept { return found_; }

 private:
  void visit_all(const node& at) {
    look_at(at.here);
    look_at(at.rest);
    for (const auto& [text, child] : at.literals) visit_all(*child);
    if (at.wildcard) visit_all(*at.wildcard);
  }

  void look_at(const std::vector<claim>& claims) {
    for (const claim& each : claims) {
      if (found_ != nullptr && first_ < each.ordinal) continue;
      if (!conflict(shape_, each.made->shape)) continue;
      first_ = each.ordinal;
      found_ = each.made;
    }
  }

  const pattern& shape_;
  std::size_t first_ = 0;
  const registration* found_ = nullptr;
};

claim_index::claim_index() : root_{std::make_unique<node>()} {}
claim_index::~claim_index() = default;

void claim_index::put(const registration& claim) {
  node* at = root_.get();
  bool rest = false;
  for (const segment& each : claim.shape.segments) {
    rest = each.kind == segment_kind::rest;  // only the last one can be
    if (rest) break;
    std::unique_ptr<node>& next = each.kind == segment_kind::wildcard ? at->wildcard : at->literals[each.text];
    if (!next) next = std::make_unique<node>();
    at = next.get();
  }
  (rest ? at->rest : at->here).push_back({count_++, &claim});
}

const registration* claim_index::conflicting(const pattern& shape) const {
  search all{shape};
  all.visit(*root_, 0);
  return all.found();
}

void claim_index::refuse_conflict(const registration& made) const {
  const registration* const earlier = conflicting(made.shape);
  if (earlier == nullptr) return;
  throw std::invalid_argument{fmt::format("{}: pattern \"{}\" conflicts with \"{}\" registered at {}",
                                          to_string(made.where), made.text, earlier->text, to_string(earlier->where))};
}

}  // namespace baton::http
