#include <baton/static_files.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <optional>
#include <stdexcept>

#include <baton/negotiation.hpp>

#include "base/log.hpp"
#include "content/cached_file.hpp"
#include "content/directory_page.hpp"
#include "content/file_answer.hpp"
#include "content/kept_files.hpp"
#include "content/siblings.hpp"
#include "content/static_path.hpp"
#include "http/content_coding.hpp"
#include "http/exchange.hpp"
#include "http/field_rules.hpp"
#include "http/media_types.hpp"
#include "http/request_access.hpp"
#include "http/syntax.hpp"
#include "http/target.hpp"
#include "os/file_tree.hpp"

namespace baton {
namespace {

using content::answer_to;
using content::no_file;
using content::sibling;
using content::static_path;
using http::coding;
using os::file_tree;
using os::tree_entry;
using std::chrono::steady_clock;
using pairs = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t most_listed = 10'000;

steady_clock::time_point moment_of(const request& req) {
  http::exchange* const running = http::request_access::exchange(req);
  return running != nullptr ? running->ready_since() : steady_clock::now();
}

const std::string* value_for(const pairs& by_extension, std::string_view name) noexcept {
  const std::string_view extension = http::extension_of(name);
  const auto found = std::find_if(by_extension.begin(), by_extension.end(),
                                  [&](const auto& each) { return http::iequals(each.first, extension); });
  return found == by_extension.end() ? nullptr : &found->second;
}

bool navigates(const request& req) {
  for (const field_line& line : req.fields()) {
    std::string_view list = line.id == field::accept ? line.value : std::string_view{};
    while (!list.empty()) {
      if (http::iequals(http::bare_type(http::take_element(list)), "text/html")) return true;
    }
  }
  return false;
}

void check_name(const std::string& name, bool slashes) {
  const bool bad = name.find('\0') != std::string::npos || name.starts_with('/') ||
                   (!slashes && (name.empty() || name.find('/') != std::string::npos));
  if (bad) throw std::invalid_argument{"'" + name + "' is no name of a file to serve"};
}

void check(const static_options& options) {
  for (const std::string& name : options.index) check_name(name, false);
  check_name(options.fallback, true);
  http::check_field("Cache-Control", options.cache_control);
  for (const auto& [extension, value] : options.cache_rules) http::check_field("Cache-Control", value);
  for (const auto& [extension, value] : options.media_types) http::check_field("Content-Type", value);
}

std::shared_ptr<const file_tree> open_root(const std::string& path) {
  return std::make_shared<const file_tree>(file_tree::open(path).value());
}

}  // namespace

class static_files::site {
 public:
  site(std::string root, static_options options)
      : root_{std::move(root)}, options_{std::move(options)}, tree_{open_root(root_)}, kept_{options_, tree_} {
    check(options_);
  }

  response answer(const request& req);
  void reopen();

 private:
  [[nodiscard]] std::shared_ptr<const file_tree> tree();
  void look_at_root(steady_clock::time_point moment);
  [[nodiscard]] response serve(const request& req, const static_path& path);
  [[nodiscard]] response serve_directory(const request& req, const static_path& path, const tree_entry& directory);
  [[nodiscard]] response serve_file(const request& req, const std::string& name, tree_entry file);
  [[nodiscard]] response serve_fallback(const request& req, const static_path& path);
  [[nodiscard]] response serve_fallback_page(const request& req);
  [[nodiscard]] coding prefer_sibling(const request& req, const std::string& name, tree_entry& file);
  [[nodiscard]] std::string_view type_of(std::string_view name) const;
  [[nodiscard]] content::file_fields fields_of(std::string_view name) const;

  // constant after construction
  const std::string root_;
  const static_options options_;

  // any thread
  std::atomic<steady_clock::rep> checked_{steady_clock::now().time_since_epoch().count()};
  std::mutex mutex_;
  std::shared_ptr<const file_tree> tree_;  // guarded by mutex_; shared: requests go on in the old one
  content::kept_files kept_;
};

std::shared_ptr<const file_tree> static_files::site::tree() {
  const std::lock_guard lock{mutex_};
  return tree_;
}

void static_files::site::look_at_root(steady_clock::time_point moment) {
  const steady_clock::rep now = moment.time_since_epoch().count();
  steady_clock::rep last = checked_.load(std::memory_order_relaxed);
  if (steady_clock::duration{now - last} < options_.root_check) return;
  if (!checked_.compare_exchange_strong(last, now)) return;  // another thread does it
  std::shared_ptr<const file_tree> current;
  {
    const std::lock_guard lock{mutex_};
    current = tree_;
  }
  if (current->moved(root_)) reopen();
}

void static_files::site::reopen() {
  os::result<file_tree> opened = file_tree::open(root_);
  if (!opened) return log::warning("files are served from the old directory on: {}", opened.error().text());
  auto next = std::make_shared<const file_tree>(std::move(*opened));
  // Both in one go: where two threads open the root anew, what is kept must be of the one that is served.
  const std::lock_guard lock{mutex_};
  tree_ = next;
  kept_.follow(std::move(next));
}

response static_files::site::answer(const request& req) {
  if (req.method() != method::get && req.method() != method::head) {
    return response::problem(status::method_not_allowed, "method_not_allowed").set(field::allow, "GET, HEAD");
  }
  const steady_clock::time_point now = moment_of(req);
  if (options_.root_check.count() != 0) look_at_root(now);
  if (auto answer = kept_.answer(req, now)) return std::move(*answer);
  const std::optional<static_path> path = content::static_path_of(req, options_.dot_files);
  return path ? serve(req, *path) : no_file();
}

response static_files::site::serve(const request& req, const static_path& path) {
  os::result<tree_entry> found = tree()->find(path.name);
  if (!found) {
    const int code = found.error().code.value();
    return code == ENOENT || code == ENOTDIR ? serve_fallback(req, path) : answer_to(found.error());
  }
  switch (found->what) {
    case tree_entry::kind::directory:
      return serve_directory(req, path, *found);
    case tree_entry::kind::file:
      return path.directory ? no_file() : serve_file(req, path.name, std::move(*found));
    case tree_entry::kind::other:
      break;
  }
  return no_file();
}

response static_files::site::serve_directory(const request& req, const static_path& path, const tree_entry& directory) {
  if (!path.directory) {
    std::string with_slash{http::raw_path(req)};
    with_slash += '/';
    if (!req.query().empty()) with_slash.append("?").append(req.query());
    return response::redirect(with_slash, status::permanent_redirect);
  }
  const auto files = tree();
  for (const std::string& index : options_.index) {
    const std::string name = path.name.empty() ? index : path.name + "/" + index;
    os::result<tree_entry> found = files->find(name);
    if (found && found->what == tree_entry::kind::file) return serve_file(req, name, std::move(*found));
  }
  if (!options_.listing) return serve_fallback(req, path);
  os::result<std::vector<std::string>> names = os::list_names(directory, most_listed);
  if (!names) return answer_to(names.error());
  if (!options_.dot_files) std::erase_if(*names, [](const std::string& name) { return name.starts_with('.'); });
  return response::html(content::directory_page(req.path(), *names));
}

// The page for who navigates, and 404 for others; a cache has to know that they differ.
response static_files::site::serve_fallback(const request& req, const static_path& path) {
  if (options_.fallback.empty() || !http::extension_of(path.name).empty()) return no_file();
  response answer = navigates(req) ? serve_fallback_page(req) : no_file();
  add_vary(answer, "Accept");
  return answer;
}

response static_files::site::serve_fallback_page(const request& req) {
  if (auto answer = kept_.answer_named(req, options_.fallback, moment_of(req))) return std::move(*answer);
  os::result<tree_entry> found = tree()->find(options_.fallback);
  if (!found || found->what != tree_entry::kind::file) {
    log::warning("the page '{}' below {} that stands for paths without a file is not there", options_.fallback, root_);
    return no_file();
  }
  return serve_file(req, options_.fallback, std::move(*found));
}

// Puts the sibling in the place of the file where there is one that the client would rather have.
coding static_files::site::prefer_sibling(const request& req, const std::string& name, tree_entry& file) {
  return content::choose_coding(req, [&](const sibling& each) {
    os::result<tree_entry> found = tree()->find(name + std::string{each.suffix});
    if (!found || found->what != tree_entry::kind::file || found->modified < file.modified) return false;
    file = std::move(*found);
    return true;
  });
}

std::string_view static_files::site::type_of(std::string_view name) const {
  const std::string* const own = value_for(options_.media_types, name);
  return own != nullptr ? std::string_view{*own} : http::media_type_of(name);
}

content::file_fields static_files::site::fields_of(std::string_view name) const {
  content::file_fields fields;
  fields.type = type_of(name);
  const std::string* const rule = value_for(options_.cache_rules, name);
  fields.cache_control = rule != nullptr ? *rule : options_.cache_control;
  fields.varies = options_.precompressed && http::is_compressible(fields.type);
  return fields;
}

response static_files::site::serve_file(const request& req, const std::string& name, tree_entry file) {
  const content::file_fields fields = fields_of(name);
  const coding how = fields.varies ? prefer_sibling(req, name, file) : coding::identity;
  if (content::may_be_kept(file, options_.cached_file)) kept_.keep(tree(), name, fields, moment_of(req));
  return content::answer_with(req, fields, content::source_of(std::move(file), how));
}

static_files::static_files(std::string root, static_options options)
    : site_{std::make_shared<site>(std::move(root), std::move(options))} {}

response static_files::operator()(request& req) const {
  return site_->answer(req);
}

void static_files::reopen() const {
  site_->reopen();
}

}  // namespace baton
