#include <baton/static_files.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <optional>
#include <stdexcept>

#include <fmt/core.h>

#include <baton/file_content.hpp>
#include <baton/negotiation.hpp>
#include <baton/ranges.hpp>

#include "base/log.hpp"
#include "content/directory_page.hpp"
#include "content/static_path.hpp"
#include "http/content_coding.hpp"
#include "http/field_rules.hpp"
#include "http/media_types.hpp"
#include "http/range_layout.hpp"
#include "http/syntax.hpp"
#include "http/target.hpp"
#include "os/file_tree.hpp"

namespace baton {
namespace {

using content::static_path;
using http::coding;
using os::file_tree;
using os::tree_entry;
using std::chrono::steady_clock;
using pairs = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t most_listed = 10'000;

struct sibling {
  coding how;
  std::string_view suffix;
};
// The smallest first.
constexpr std::array<sibling, 3> siblings{{{coding::brotli, ".br"}, {coding::zstd, ".zst"}, {coding::gzip, ".gz"}}};

response not_found() {
  return response::problem(status::not_found, "no_file");
}

response from_error(const os::error& error) {
  switch (error.code.value()) {
    case EACCES:
    case EPERM:
      return response::problem(status::forbidden, "no_permission");
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      log::warning("a file cannot be served, answered with 503: {}", error.text());
      return response::problem(status::service_unavailable, "overloaded").set(field::retry_after, "1");
    case EIO:
      log::error("a file cannot be served, answered with 500: {}", error.text());
      return response::problem(status::internal_server_error);
    default:  // not there, a link that leads out, too long a name, a socket
      return not_found();
  }
}

const std::string* value_for(const pairs& by_extension, std::string_view name) noexcept {
  const std::string_view extension = http::extension_of(name);
  const auto found = std::find_if(by_extension.begin(), by_extension.end(),
                                  [&](const auto& each) { return http::iequals(each.first, extension); });
  return found == by_extension.end() ? nullptr : &found->second;
}

validators validators_of(const tree_entry& file) {
  const std::chrono::sys_time<std::chrono::nanoseconds> modified{std::chrono::nanoseconds{file.modified}};
  const auto now = std::chrono::system_clock::now();
  validators made;
  made.etag = fmt::format("\"{:x}-{:x}-{:x}\"", file.inode, file.size, static_cast<std::uint64_t>(file.modified));
  // A date to come must not be sent (RFC 9110 section 8.8.2.1).
  if (modified <= now) made.last_modified = std::chrono::floor<std::chrono::seconds>(modified);
  made.date_is_strong = modified + std::chrono::seconds{2} <= now;
  return made;
}

response file_response(os::unique_fd file, http::range_layout& layout) {
  auto content = std::make_shared<file_content>();
  content->descriptor = file.get();
  content->keeps_open = std::make_shared<const os::unique_fd>(std::move(file));
  content->regions = std::move(layout.regions);
  content->after = std::move(layout.after);
  return response::file(layout.content_type, std::move(content), layout.status);
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
      : root_{std::move(root)}, options_{std::move(options)}, tree_{open_root(root_)} {
    check(options_);
  }

  response answer(const request& req);
  void reopen();

 private:
  [[nodiscard]] std::shared_ptr<const file_tree> tree();
  void look_at_root();
  [[nodiscard]] response serve(const request& req, const static_path& path);
  [[nodiscard]] response serve_directory(const request& req, const static_path& path, const tree_entry& directory);
  [[nodiscard]] response serve_file(const request& req, const std::string& name, tree_entry file);
  [[nodiscard]] response serve_fallback(const request& req, const static_path& path);
  [[nodiscard]] response serve_fallback_page(const request& req);
  [[nodiscard]] coding choose_coding(const request& req, const std::string& name, tree_entry& file);
  [[nodiscard]] std::string_view type_of(std::string_view name) const;
  void set_cache_fields(response& answer, std::string_view name, bool varies) const;

  // constant after construction
  const std::string root_;
  const static_options options_;

  // any thread
  std::atomic<steady_clock::rep> checked_{steady_clock::now().time_since_epoch().count()};
  std::mutex mutex_;
  std::shared_ptr<const file_tree> tree_;  // guarded by mutex_; shared: requests go on in the old one
};

std::shared_ptr<const file_tree> static_files::site::tree() {
  if (options_.root_check.count() != 0) look_at_root();
  const std::lock_guard lock{mutex_};
  return tree_;
}

void static_files::site::look_at_root() {
  const steady_clock::rep now = steady_clock::now().time_since_epoch().count();
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
  const std::lock_guard lock{mutex_};
  tree_ = std::move(next);
}

response static_files::site::answer(const request& req) {
  if (req.method() != method::get && req.method() != method::head) {
    return response::problem(status::method_not_allowed, "method_not_allowed").set(field::allow, "GET, HEAD");
  }
  const std::optional<static_path> path = content::static_path_of(req, options_.dot_files);
  return path ? serve(req, *path) : not_found();
}

response static_files::site::serve(const request& req, const static_path& path) {
  os::result<tree_entry> found = tree()->find(path.name);
  if (!found) {
    const int code = found.error().code.value();
    return code == ENOENT || code == ENOTDIR ? serve_fallback(req, path) : from_error(found.error());
  }
  switch (found->what) {
    case tree_entry::kind::directory:
      return serve_directory(req, path, *found);
    case tree_entry::kind::file:
      return path.directory ? not_found() : serve_file(req, path.name, std::move(*found));
    case tree_entry::kind::other:
      break;
  }
  return not_found();
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
  if (!names) return from_error(names.error());
  if (!options_.dot_files) std::erase_if(*names, [](const std::string& name) { return name.starts_with('.'); });
  return response::html(content::directory_page(req.path(), *names));
}

// The page for who navigates, and 404 for others; a cache has to know that they differ.
response static_files::site::serve_fallback(const request& req, const static_path& path) {
  if (options_.fallback.empty() || !http::extension_of(path.name).empty()) return not_found();
  response answer = navigates(req) ? serve_fallback_page(req) : not_found();
  add_vary(answer, "Accept");
  return answer;
}

response static_files::site::serve_fallback_page(const request& req) {
  os::result<tree_entry> found = tree()->find(options_.fallback);
  if (!found || found->what != tree_entry::kind::file) {
    log::warning("the page '{}' below {} that stands for paths without a file is not there", options_.fallback, root_);
    return not_found();
  }
  return serve_file(req, options_.fallback, std::move(*found));
}

// Puts the sibling in the place of the file where there is one that the client would rather have.
coding static_files::site::choose_coding(const request& req, const std::string& name, tree_entry& file) {
  const http::accepted_codings accepted{req};
  std::array<sibling, siblings.size()> order = siblings;
  std::stable_sort(order.begin(), order.end(), [&](const sibling& a, const sibling& b) {
    return accepted.quality(a.how) > accepted.quality(b.how);
  });
  for (const sibling& each : order) {
    const unsigned quality = accepted.quality(each.how);
    if (quality == 0 || quality < accepted.quality(coding::identity)) break;
    os::result<tree_entry> found = tree()->find(name + std::string{each.suffix});
    if (!found || found->what != tree_entry::kind::file || found->modified < file.modified) continue;
    file = std::move(*found);
    return each.how;
  }
  return coding::identity;
}

std::string_view static_files::site::type_of(std::string_view name) const {
  const std::string* const own = value_for(options_.media_types, name);
  return own != nullptr ? std::string_view{*own} : http::media_type_of(name);
}

void static_files::site::set_cache_fields(response& answer, std::string_view name, bool varies) const {
  const std::string* const rule = value_for(options_.cache_rules, name);
  const std::string& value = rule != nullptr ? *rule : options_.cache_control;
  if (!value.empty()) answer.set(field::cache_control, value);
  if (varies) answer.set(field::vary, "Accept-Encoding");
}

response static_files::site::serve_file(const request& req, const std::string& name, tree_entry file) {
  const std::string_view type = type_of(name);
  const bool varies = options_.precompressed && http::is_compressible(type);
  const coding how = varies ? choose_coding(req, name, file) : coding::identity;
  const validators current = validators_of(file);
  if (auto answer = precondition_answer(req, current)) {
    set_cache_fields(*answer, name, varies);
    return std::move(*answer);
  }
  const range_selection selected = select_ranges(req, file.size, current);
  http::range_layout layout = http::lay_out(selected, type, file.size);
  const bool none = selected.what == range_selection::kind::unsatisfiable;
  response answer =
      none ? response::problem(layout.status, "range_not_satisfiable") : file_response(std::move(file.fd), layout);
  if (!none && how != coding::identity) answer.set(field::content_encoding, http::to_string(how));
  http::set_range_fields(answer, layout, current);
  set_cache_fields(answer, name, varies);
  return answer;
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
