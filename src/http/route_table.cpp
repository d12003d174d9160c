#include "http/route_table.hpp"

#include <set>

#include "http/method_override.hpp"
#include "http/request_access.hpp"
#include "http/route_tree.hpp"
#include "http/target.hpp"

namespace baton::http {
namespace {

using method_names = std::set<std::string, std::less<>>;

std::string join(method_names names) {
  names.insert("OPTIONS");
  std::string text;
  for (const std::string& name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

path_view path_of(const request& req) noexcept {
  return {raw_path(req), req.path()};
}

void name_params(const route& found, std::vector<path_param>& params) {
  for (std::size_t i = 0; i != params.size(); ++i) params[i].name = found.wildcards[i];
  if (!params.empty() && params.back().name.empty()) params.pop_back();
}

// `//host` and, to a browser, `/\host` name another host: no redirect goes there.
bool may_name_a_host(std::string_view raw) noexcept {
  return raw.size() > 1 && (raw[1] == '/' || raw[1] == '\\');
}

response redirect_with_slash(request& req) {
  std::string location{raw_path(req)};
  location += '/';
  if (!req.query().empty()) {
    location += '?';
    location += req.query();
  }
  return response::redirect(location, status::permanent_redirect);
}

}  // namespace

route_table::route_table(const route_set& own, const std::vector<const route_set*>& others)
    : tree_{std::make_unique<route_tree>()} {
  add(own);
  for (const route_set* const other : others) add(*other);
  all_methods_ = join(tree_->all_methods());
  add_automatic(own.outer());
}

route_table::~route_table() = default;

void route_table::add(const route_set& routes) {
  for (const finished_route& one : routes.routes()) {
    routes_.push_back(one.made);
    tree_->add(one.claim.shape, one.made.get());
  }
}

void route_table::add_automatic(const std::vector<middleware>& outer) {
  const auto make = [&](handler call) {
    return std::make_unique<route>(route{{}, std::move(call), outer, {}, false, true});
  };
  not_found_ = make([](request&) { return response::problem(status::not_found, "no_route"); });
  not_implemented_ = make([](request&) { return response::problem(status::not_implemented, "unknown_method"); });
  method_not_allowed_ = make([this](request& req) {
    return response::problem(status::method_not_allowed, "method_not_allowed").set("Allow", allowed_methods(req));
  });
  options_ = make([this](request& req) { return response{status::no_content}.set("Allow", allowed_methods(req)); });
  slash_redirect_ = make(redirect_with_slash);
}

const route& route_table::find(request& req) const {
  request_access::params(req).clear();
  request_access::pattern(req) = {};
  if (req.path() == "*") return *options_;
  if (req.method() == method::post) override_method(not_found_->chain, req);  // the chain that goes around everything
  const std::string_view raw = raw_path(req);
  const route* found = find_registered(req, raw);
  if (found == nullptr) return without_route(req);
  request_access::pattern(req) = found->pattern;
  return *found;
}

const route* route_table::find_registered(request& req, std::string_view raw) const {
  const path_view path{raw, req.path()};
  std::vector<path_param>& params = request_access::params(req);
  const route* found = tree_->find(req.method(), req.method_text(), path, params);
  if (found != nullptr && params.empty()) return found;  // the one path that its pattern has
  const bool exact = found != nullptr && !found->subtree;
  if (!exact && !raw.ends_with('/') && !may_name_a_host(raw) &&
      tree_->find_with_slash(req.method(), req.method_text(), path) != nullptr) {
    params.clear();
    return slash_redirect_.get();
  }
  if (found != nullptr) name_params(*found, params);
  return found;
}

const route& route_table::without_route(const request& req) const {
  if (!tree_->methods(path_of(req)).empty()) {
    return req.method() == method::options ? *options_ : *method_not_allowed_;
  }
  return req.method() == method::unknown ? *not_implemented_ : *not_found_;
}

std::string route_table::allowed_methods(const request& req) const {
  if (req.path() == "*") return all_methods_;
  method_names names = tree_->methods(path_of(req));
  return names.empty() ? std::string{} : join(std::move(names));
}

}  // namespace baton::http
