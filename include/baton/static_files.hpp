// Files below a directory, as a handler:
//
//     baton::static_files files{"/srv/www"};
//     app.routes().get("/static/{path...}", files);     // or "/static/", or "/{path...}" for a whole site
//
// Answers GET and HEAD with strong entity tags, `Last-Modified`, the conditions of RFC 9110 section 13,
// ranges (one or several), media types by extension, and precompressed files that lie beside the ones asked
// for. No name leads out of the directory: not `..` in any spelling, not a symbolic link (those that stay
// below it are followed), not a race. Dot files are not there, except below `/.well-known/` (RFC 8615).
//
// Files are opened, and small ones read, on the worker: meant for local disks, where that does not wait long. For a
// slow network file system wrap it: `baton::blocking(files)`; large bodies still leave from the worker.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <baton/request.hpp>
#include <baton/response.hpp>

namespace baton {

struct static_options {
  /// What is served for a directory, the first that exists. Names without a slash; empty: none.
  std::vector<std::string> index{"index.html"};
  /// `Cache-Control` of files; empty: none, and clients guess by `Last-Modified`.
  std::string cache_control{};
  /// `Cache-Control` by extension (`{"html", "no-cache"}`), before `cache_control`.
  std::vector<std::pair<std::string, std::string>> cache_rules{};
  /// Media types by extension, without dot and in lower case, before those that are built in.
  std::vector<std::pair<std::string, std::string>> media_types{};
  /// For compressible types, sends NAME.br, NAME.zst or NAME.gz as a coding of NAME where the client accepts it, and
  /// adds `Vary: Accept-Encoding`. One that is older than NAME is left alone.
  bool precompressed = true;
  /// Serves names that begin with a dot.
  bool dot_files = false;
  /// A plain page with a directory's names where no index is; at most 10,000 of them.
  bool listing = false;
  /// A file, relative to the root, that is sent (200) instead of 404 to who navigates: whose `Accept` names
  /// `text/html`, for a path without extension. For single-page programs. Empty: none.
  std::string fallback{};
  /// How often at most a request looks whether the root names another directory by now, such as by a symbolic link
  /// that was turned. Zero: never; `reopen` does it.
  std::chrono::milliseconds root_check{1'000};
  /// Bytes of memory, in all, for files that are kept there and answered with from there; zero: none are kept. Those
  /// asked for least recently make room. Changes, also of directories on the way and of permissions, are seen by every
  /// request that comes after them (inotify, at most 1,024 directories; a user may have 128 instances); where the
  /// system does not tell of them (network file systems, writes by `mmap` or another hard link, what is mounted below
  /// the root meanwhile, directories beyond those) within a second. Files behind a symbolic link below the root and
  /// those that have changed within the last two seconds are not kept.
  std::size_t cache = 32 * 1024 * 1024;
  /// The largest file that is kept, in bytes.
  std::size_t cached_file = 64 * 1024;
};

/// Copies share what they serve from. Any thread.
class static_files {
 public:
  /// Opens `root`, a directory, relative to the current one. Throws boost::system::system_error if it cannot be
  /// opened, and std::invalid_argument for an option that is no field value or no file name.
  explicit static_files(std::string root, static_options options = {});

  /// The path is what the route's pattern leaves open: what `{name...}` or the trailing slash matched, else the whole.
  /// 404 for what is not there, not served, or no file; 403 where the system denies it; 405 for another
  /// method than GET and HEAD; 308 from a directory to itself with a slash; 503 with `Retry-After` when
  /// descriptors have run out.
  response operator()(request& req) const;

  /// Opens the root anew, for `application::on_reload`. Where that fails it serves from the old one on, and the log
  /// says so. Requests that are under way are not affected.
  void reopen() const;

 private:
  class site;
  std::shared_ptr<site> site_;  // shared by the copies that routes keep
};

}  // namespace baton
