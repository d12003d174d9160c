#include <baton/router.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <stdexcept>
#include <utility>

#include <fmt/core.h>

#include "http/claim_index.hpp"
#include "http/pattern.hpp"
#include "http/registration.hpp"
#include "http/route_set.hpp"
#include "http/route_table.hpp"

namespace baton {
namespace {

using http::registration;

// What a router and its groups have registered, in order, so that a conflict shows where the second one is registered.
class claims {
 public:
  /// Throws as claim_index::refuse_conflict does.
  void add(const registration& made) {
    index_->refuse_conflict(made);
    index_->put(all_.emplace_back(made));
  }
  [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
  /// Gives up what was added behind the first `count`.
  void shrink(std::size_t count) {
    all_.resize(count);
    index_ = std::make_unique<http::claim_index>();
    for (const registration& each : all_) index_->put(each);
  }

 private:
  std::deque<registration> all_;  // each stays where it is
  std::unique_ptr<http::claim_index> index_ = std::make_unique<http::claim_index>();
};

// `GET /a` below `/p` is `GET /p/a`; an empty path stands for the prefix itself.
std::string below(std::string_view prefix, std::string_view text) {
  const std::size_t space = text.find(' ');
  const std::size_t path = space == std::string_view::npos ? 0 : text.find_first_not_of(' ', space);
  std::string full{space == std::string_view::npos ? std::string_view{} : text.substr(0, space + 1)};
  const std::string_view rest = path == std::string_view::npos ? std::string_view{} : text.substr(path);
  if (!rest.empty() && rest.front() != '/') throw std::invalid_argument{"a path must begin with '/'"};
  full += prefix;
  full += rest;
  return full;
}

registration parse(std::string_view prefix, std::string_view text, registration_place where) {
  try {
    std::string full = below(prefix, text);
    http::pattern shape = http::parse_pattern(full);
    return {std::move(full), std::move(shape), where};
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument{
        fmt::format("{}: cannot register pattern \"{}\": {}", http::to_string(where), text, error.what())};
  }
}

}  // namespace

struct router::state {
  std::string prefix;
  std::vector<http::route_entry> entries;
  std::vector<middleware> outer;
  route_options common;
  std::shared_ptr<claims> all = std::make_shared<claims>();  // shared with the groups
};

router::router() : state_{std::make_unique<state>()} {}
router::~router() = default;
router::router(router&&) noexcept = default;
router& router::operator=(router&&) noexcept = default;

router& router::handle(std::string_view pattern, handler call, registration_place where) {
  return handle(pattern, std::move(call), route_options{}, where);
}

router& router::handle(std::string_view pattern, handler call, const route_options& own, registration_place where) {
  registration made = parse(state_->prefix, pattern, where);
  state_->all->add(made);
  state_->entries.push_back({std::move(made), std::move(call), {}, own});
  return *this;
}

router& router::get(std::string_view path, handler call, registration_place where) {
  return get(path, std::move(call), route_options{}, where);
}

router& router::get(std::string_view path, handler call, const route_options& own, registration_place where) {
  return handle("GET " + std::string{path}, std::move(call), own, where);
}

router& router::post(std::string_view path, handler call, registration_place where) {
  return post(path, std::move(call), route_options{}, where);
}

router& router::post(std::string_view path, handler call, const route_options& own, registration_place where) {
  return handle("POST " + std::string{path}, std::move(call), own, where);
}

router& router::put(std::string_view path, handler call, registration_place where) {
  return put(path, std::move(call), route_options{}, where);
}

router& router::put(std::string_view path, handler call, const route_options& own, registration_place where) {
  return handle("PUT " + std::string{path}, std::move(call), own, where);
}

router& router::patch(std::string_view path, handler call, registration_place where) {
  return patch(path, std::move(call), route_options{}, where);
}

router& router::patch(std::string_view path, handler call, const route_options& own, registration_place where) {
  return handle("PATCH " + std::string{path}, std::move(call), own, where);
}

router& router::del(std::string_view path, handler call, registration_place where) {
  return del(path, std::move(call), route_options{}, where);
}

router& router::del(std::string_view path, handler call, const route_options& own, registration_place where) {
  return handle("DELETE " + std::string{path}, std::move(call), own, where);
}

router& router::limits(const route_options& common) {
  state_->common = common;
  return *this;
}

router& router::use(middleware wrap) {
  if (!wrap) throw std::invalid_argument{"middleware is empty"};
  state_->outer.push_back(std::move(wrap));
  return *this;
}

router& router::group(std::string_view prefix, const std::function<void(router&)>& fill) {
  router inner;
  inner.state_->prefix = state_->prefix + http::parse_prefix(prefix);
  inner.state_->all = state_->all;
  const std::size_t before = state_->all->size();
  try {
    fill(inner);
  } catch (...) {
    // The group's routes are dropped, and so must be their claims.
    state_->all->shrink(before);
    throw;
  }
  for (http::route_entry& entry : inner.state_->entries) {
    entry.chain.insert(entry.chain.begin(), inner.state_->outer.begin(), inner.state_->outer.end());
    entry.own = entry.own.within(inner.state_->common);
    state_->entries.push_back(std::move(entry));
  }
  return *this;
}

std::shared_ptr<const http::route_table> router::release() {
  return std::make_shared<const http::route_table>(http::route_set::of(*this));
}

http::route_set http::route_set::of(router& from, const std::vector<middleware>& around) {
  const std::unique_ptr<router::state> done = std::exchange(from.state_, std::make_unique<router::state>());
  done->outer.insert(done->outer.begin(), around.begin(), around.end());
  for (route_entry& entry : done->entries) entry.own = entry.own.within(done->common);
  return {std::move(done->entries), std::move(done->outer)};
}

}  // namespace baton
