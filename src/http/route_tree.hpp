// Where routes are looked up: a hash of whole paths for patterns without wildcards, then a tree of
// segments. Per segment a literal is tried before a wildcard, a wildcard before a rest; since patterns
// do not conflict, the first hit is the most specific one. A node is visited at most once a lookup, so
// that going back is bounded by the number of patterns, whatever the client sends.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <baton/request.hpp>

#include "http/pattern.hpp"
#include "http/text_index.hpp"

namespace baton::http {

struct route;

/// A path both as sent and decoded; escapes are decoded within segments, so both have the same shape.
struct path_view {
  std::string_view raw;
  std::string_view decoded;
};

/// The routes of one place in the tree, by method.
class method_set {
 public:
  void add(const pattern& shape, const route* target);
  /// The method's own route, GET's for HEAD, or the one without a method; else null.
  [[nodiscard]] const route* find(method verb, std::string_view method_text) const noexcept;
  /// Adds the methods, HEAD along with GET.
  void list(std::set<std::string, std::less<>>& methods) const;

 private:
  struct entry {
    method verb;
    std::string method_text;
    const route* target;
  };
  std::vector<entry> entries_;
};

class route_tree {
 public:
  route_tree();
  ~route_tree();
  route_tree(const route_tree&) = delete;
  route_tree& operator=(const route_tree&) = delete;

  void add(const pattern& shape, const route* target);

  /// The most specific route for method and path, null if there is none. Fills `params` with the values
  /// of its wildcards, without names.
  [[nodiscard]] const route* find(method verb, std::string_view method_text, path_view path,
                                  std::vector<path_param>& params) const;

  /// The route that would match exactly, not by a rest, with one more slash at the end.
  [[nodiscard]] const route* find_with_slash(method verb, std::string_view method_text, path_view path) const;

  /// The methods of all patterns that match the path.
  [[nodiscard]] std::set<std::string, std::less<>> methods(path_view path) const;

  /// The methods of all patterns.
  [[nodiscard]] const std::set<std::string, std::less<>>& all_methods() const noexcept { return all_methods_; }

 private:
  struct node;

  std::unique_ptr<node> root_;
  text_index<const method_set> whole_paths_;
  std::vector<bool> slash_follows_;  // after so many segments a pattern has its last slash, or its rest
  std::set<std::string, std::less<>> all_methods_;
};

}  // namespace baton::http
