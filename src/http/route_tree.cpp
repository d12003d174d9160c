#include "http/route_tree.hpp"

#include <algorithm>

namespace baton::http {

void method_set::add(const pattern& shape, const route* target) {
  entries_.push_back({shape.verb, shape.method_text, target});
}

const route* method_set::find(method verb, std::string_view method_text) const noexcept {
  const route* for_get = nullptr;
  const route* for_any = nullptr;
  for (const entry& e : entries_) {
    if (e.method_text.empty()) {
      for_any = e.target;
    } else if (e.verb == verb && (verb != method::unknown || e.method_text == method_text)) {
      return e.target;
    } else if (e.verb == method::get) {
      for_get = e.target;
    }
  }
  return verb == method::head && for_get != nullptr ? for_get : for_any;
}

void method_set::list(std::set<std::string, std::less<>>& methods) const {
  for (const entry& e : entries_) {
    if (!e.method_text.empty()) methods.insert(e.method_text);
    if (e.verb == method::get) methods.insert("HEAD");
  }
}

struct route_tree::node {
  text_index<node> literals;
  std::vector<std::unique_ptr<node>> children;  // what `literals` leads to
  std::unique_ptr<node> wildcard;
  method_set here;  // paths that end with this node's segment
  method_set rest;  // paths that go on in any way

  [[nodiscard]] const node* literal(std::string_view text) const noexcept { return literals.find(text); }

  [[nodiscard]] node& make_child(const segment& s) {
    if (s.kind == segment_kind::wildcard) {
      if (!wildcard) wildcard = std::make_unique<node>();
      return *wildcard;
    }
    if (node* const there = literals.find(s.text)) return *there;
    node& made = *children.emplace_back(std::make_unique<node>());
    literals.put(s.text, made);
    return made;
  }
};

namespace {

// What is left of a path after a slash, and its first segment.
struct remainder {
  explicit remainder(path_view path) noexcept : left{path} {
    const std::size_t end = path.raw.find('/');
    const std::string_view raw = path.raw.substr(0, end);
    const auto escapes = path.raw.data() == path.decoded.data() ? 0 : std::count(raw.begin(), raw.end(), '%');
    text = path.decoded.substr(0, raw.size() - 2 * static_cast<std::size_t>(escapes));
    raw_size = raw.size();
    last = end == std::string_view::npos;
  }

  [[nodiscard]] remainder next() const noexcept {
    return remainder{{left.raw.substr(raw_size + 1), left.decoded.substr(text.size() + 1)}};
  }

  path_view left;
  std::size_t raw_size = 0;  // of the segment
  std::string_view text;
  bool last = false;
};

remainder begin(path_view path) noexcept {
  return remainder{{path.raw.substr(1), path.decoded.substr(1)}};
}

// One descent. `Accept` is asked at every place that matches, most specific first, and ends the search
// by returning a route.
template <class Node, class Accept>
struct descent {
  std::vector<path_param>& params;
  Accept accept;

  const route* enter(const Node& child, const remainder& at) {
    return at.last ? accept(child.here) : from(child, at.next());
  }

  const route* from(const Node& where, const remainder& at) {
    if (const Node* child = where.literal(at.text)) {
      if (const route* found = enter(*child, at)) return found;
    }
    if (where.wildcard && !at.text.empty()) {
      params.push_back({{}, at.text});
      if (const route* found = enter(*where.wildcard, at)) return found;
      params.pop_back();
    }
    params.push_back({{}, at.left.decoded});
    if (const route* found = accept(where.rest)) return found;
    params.pop_back();
    return nullptr;
  }
};

template <class Node, class Accept>
const route* descend(const Node& root, path_view path, std::vector<path_param>& params, Accept accept) {
  descent<Node, Accept> search{params, accept};
  return search.from(root, begin(path));
}

template <class Node, class Accept>
const route* descend_with_slash(const Node& where, const remainder& at, const Accept& accept) {
  const auto enter = [&](const Node& child) -> const route* {
    if (!at.last) return descend_with_slash(child, at.next(), accept);
    if (const Node* end = child.literal("")) {
      if (const route* found = accept(end->here)) return found;
    }
    return accept(child.rest);
  };
  if (const Node* child = where.literal(at.text)) {
    if (const route* found = enter(*child)) return found;
  }
  return where.wildcard && !at.text.empty() ? enter(*where.wildcard) : nullptr;
}

// The one path that a pattern matches, empty if there are several or a literal has a slash in it.
std::string whole_path(const pattern& shape) {
  std::string path;
  for (const segment& s : shape.segments) {
    if (s.kind != segment_kind::literal || s.text.find('/') != std::string::npos) return {};
    path += '/';
    path += s.text;
  }
  return path;
}

}  // namespace

route_tree::route_tree() : root_{std::make_unique<node>()} {}
route_tree::~route_tree() = default;

void route_tree::add(const pattern& shape, const route* target) {
  node* at = root_.get();
  for (const segment& s : shape.segments) {
    if (s.kind != segment_kind::rest) at = &at->make_child(s);
  }
  const segment& last = shape.segments.back();
  if (last.kind == segment_kind::rest || (last.kind == segment_kind::literal && last.text.empty())) {
    const std::size_t before = shape.segments.size() - 1;
    if (slash_follows_.size() <= before) slash_follows_.resize(before + 1);
    slash_follows_[before] = true;
  }
  method_set& place = last.kind == segment_kind::rest ? at->rest : at->here;
  place.add(shape, target);
  place.list(all_methods_);
  if (std::string path = whole_path(shape); !path.empty()) whole_paths_.put(std::move(path), place);
}

const route* route_tree::find(method verb, std::string_view method_text, path_view path,
                              std::vector<path_param>& params) const {
  const auto accept = [&](const method_set& place) { return place.find(verb, method_text); };
  if (path.raw.data() == path.decoded.data()) {
    if (const method_set* const whole = whole_paths_.find(path.decoded)) {
      if (const route* found = accept(*whole)) return found;
    }
  }
  return descend(*root_, path, params, accept);
}

const route* route_tree::find_with_slash(method verb, std::string_view method_text, path_view path) const {
  std::size_t segments = 0;
  for (std::size_t at = path.raw.find('/'); at != std::string_view::npos; at = path.raw.find('/', at + 1)) ++segments;
  if (segments >= slash_follows_.size() || !slash_follows_[segments]) return nullptr;
  const auto accept = [&](const method_set& place) { return place.find(verb, method_text); };
  return descend_with_slash(*root_, begin(path), accept);
}

std::set<std::string, std::less<>> route_tree::methods(path_view path) const {
  std::set<std::string, std::less<>> found;
  std::vector<path_param> unused;
  (void)descend(*root_, path, unused, [&](const method_set& place) -> const route* {
    place.list(found);
    return nullptr;
  });
  return found;
}

}  // namespace baton::http
