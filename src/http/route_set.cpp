#include "http/route_set.hpp"

#include <iterator>
#include <utility>

#include "http/claim_index.hpp"
#include "http/route_table.hpp"

namespace baton::http {
namespace {

std::vector<std::string> wildcard_names(const pattern& shape) {
  std::vector<std::string> names;
  for (const segment& s : shape.segments) {
    if (s.kind != segment_kind::literal) names.push_back(s.text);
  }
  return names;
}

std::shared_ptr<const route> make_route(const pattern& shape, handler call, std::vector<middleware> chain,
                                        std::vector<middleware> inner, const route_options& own) {
  chain.insert(chain.end(), std::make_move_iterator(inner.begin()), std::make_move_iterator(inner.end()));
  const bool subtree = shape.segments.back().kind == segment_kind::rest;
  return std::make_shared<const route>(
      route{shape.path, std::move(call), std::move(chain), wildcard_names(shape), subtree, false, own});
}

}  // namespace

route_set::route_set(std::vector<route_entry> entries, std::vector<middleware> outer) : outer_{std::move(outer)} {
  routes_.reserve(entries.size());
  for (route_entry& entry : entries) {
    auto made = make_route(entry.claim.shape, std::move(entry.call), outer_, std::move(entry.chain), entry.own);
    routes_.push_back({std::move(entry.claim), std::move(made)});
  }
}

void route_set::refuse_conflicts_with(const route_set& earlier) const {
  claim_index taken;
  for (const finished_route& other : earlier.routes_) taken.put(other.claim);
  for (const finished_route& mine : routes_) taken.refuse_conflict(mine.claim);
}

}  // namespace baton::http
