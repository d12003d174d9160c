// Files that are kept in memory: that they are, that nothing of an answer differs, that every way of changing one is
// seen by the next request, and that what is kept has its bounds.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <baton/file_content.hpp>
#include <baton/static_files.hpp>

#include "content/directory_watches.hpp"
#include "content/file_cache.hpp"
#include "content/kept_files.hpp"
#include "os/file_reading.hpp"
#include "support/eventually.hpp"
#include "support/temporary_directory.hpp"
#include "unit/content/static_answers.hpp"

namespace baton {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;
using test::answer;
using test::body_of;
using test::field_of;
using test::got;

// A site whose files have not changed for an hour, so that they may be kept.
struct site {
  site() {
    fs::create_directories(root() / "sub/deep");
    write("a.txt", "hello");
    write("index.html", "<h1>home</h1>");
    write("sub/deep/b.txt", "deep");
  }

  [[nodiscard]] fs::path root() const { return directory / "site"; }

  // Older each time, since what is new is not kept.
  void write(const std::string& name, const std::string& text) {
    std::ofstream{root() / name, std::ios::binary} << text;
    age(name);
  }
  void age(const std::string& name) {
    fs::last_write_time(root() / name, fs::file_time_type::clock::now() - std::chrono::hours{1} - ++changes_);
  }

  [[nodiscard]] static_files files(static_options options = {}) const {
    return static_files{root().string(), std::move(options)};
  }

  test::temporary_directory directory;

 private:
  std::chrono::seconds changes_{0};
};

// Asked twice: the first time it is read, the second it is found.
response kept(const static_files& files, const std::string& target, const std::string& fields = {}) {
  static_cast<void>(answer(files, target));
  return answer(files, target, fields);
}

bool from_memory(const response& answer) {
  return answer.file_body() && answer.file_body()->in_memory();
}

// Status, fields and body; the boundary of parts, which is another one each time, left out.
std::string whole_of(const response& from) {
  std::string text = std::to_string(static_cast<unsigned>(from.status())) + "\r\n";
  text.append(from.field_block()).append("\r\n").append(body_of(from));
  const std::size_t named = text.find("boundary=");
  if (named == std::string::npos) return text;
  const std::string boundary = text.substr(named + 9, text.find('\r', named) - named - 9);
  for (std::size_t at = text.find(boundary); at != std::string::npos; at = text.find(boundary)) {
    text.erase(at, boundary.size());
  }
  return text;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(kept_file, site)

BOOST_AUTO_TEST_CASE(the_second_answer_comes_from_memory_and_is_the_same) {
  static_options none;
  none.cache = 0;
  const static_files served = files();
  const static_files reading = files(none);
  const response first = answer(served, "/static/a.txt");
  const response second = answer(served, "/static/a.txt");
  BOOST_TEST(!from_memory(first));
  BOOST_TEST(from_memory(second));
  BOOST_TEST(body_of(second) == "hello");
  BOOST_TEST(first.field_block() == second.field_block());
  BOOST_TEST(!from_memory(kept(reading, "/static/a.txt")));
  BOOST_TEST(from_memory(kept(served, "/static/")));
  BOOST_TEST(body_of(kept(served, "/static/")) == "<h1>home</h1>");
  BOOST_TEST(from_memory(kept(served, "/static/%61.txt")));
  BOOST_TEST(answer(served, "/static/a.txt/").status() == status::not_found);
}

BOOST_AUTO_TEST_CASE(conditions_and_ranges_of_a_kept_file_are_those_of_the_file) {
  const static_files served = files();
  const std::string etag = field_of(kept(served, "/static/a.txt"), "ETag");
  BOOST_TEST(got(served, "/static/a.txt", "If-None-Match: " + etag + "\r\n") == "304");
  BOOST_TEST(got(served, "/static/a.txt", "If-Match: \"x\"\r\n") == "412");
  BOOST_TEST(got(served, "/static/a.txt", "Range: bytes=9-\r\n") == "416");
  const response part = answer(served, "/static/a.txt", "Range: bytes=1-2\r\nIf-Range: " + etag + "\r\n");
  BOOST_TEST(from_memory(part));
  BOOST_TEST(body_of(part) == "el");
  BOOST_TEST(field_of(part, "Content-Range") == "bytes 1-2/5");
  write("long.txt", std::string(1'000, 'x') + "end");
  const response parts = kept(served, "/static/long.txt", "Range: bytes=0-1,-3\r\n");
  BOOST_TEST(from_memory(parts));
  BOOST_TEST(body_of(parts).find("xx\r\n") != std::string::npos);
  BOOST_TEST(body_of(parts).find("end\r\n") != std::string::npos);
  BOOST_TEST(body_of(parts).size() == parts.file_body()->length());
}

BOOST_AUTO_TEST_CASE(siblings_in_a_coding_are_kept_with_the_file_and_seen_when_they_come_and_go) {
  write("a.txt.gz", "gz");
  age("a.txt.gz");
  fs::last_write_time(root() / "a.txt.gz", fs::last_write_time(root() / "a.txt"));
  const static_files served = files();
  const std::string gzip = "Accept-Encoding: gzip, br\r\n";
  BOOST_TEST(from_memory(kept(served, "/static/a.txt", gzip)));
  BOOST_TEST(got(served, "/static/a.txt", gzip) == "200 gz");
  BOOST_TEST(got(served, "/static/a.txt") == "200 hello");
  write("a.txt.br", "br");
  fs::last_write_time(root() / "a.txt.br", fs::last_write_time(root() / "a.txt"));
  BOOST_TEST(got(served, "/static/a.txt", gzip) == "200 br");
  BOOST_TEST(got(served, "/static/a.txt", gzip) == "200 br");
  fs::remove(root() / "a.txt.br");
  BOOST_TEST(got(served, "/static/a.txt", gzip) == "200 gz");
  const response zipped = kept(served, "/static/a.txt", gzip);
  BOOST_TEST(from_memory(zipped));
  BOOST_TEST(field_of(zipped, "Content-Encoding") == "gzip");
  BOOST_TEST(field_of(zipped, "Vary") == "Accept-Encoding");
}

BOOST_AUTO_TEST_CASE(every_change_is_seen_by_the_next_request) {
  const static_files served = files();
  const auto keep = [&] { BOOST_TEST(from_memory(kept(served, "/static/sub/deep/b.txt"))); };
  const auto now = [&] { return got(served, "/static/sub/deep/b.txt"); };
  const fs::path file = root() / "sub/deep/b.txt";
  keep();
  write("sub/deep/b.txt", "written");
  BOOST_TEST(now() == "200 written");
  keep();
  write("sub/deep/next", "renamed");
  fs::rename(root() / "sub/deep/next", file);
  BOOST_TEST(now() == "200 renamed");
  keep();
  BOOST_REQUIRE(::truncate(file.c_str(), 3) == 0);
  BOOST_TEST(now() == "200 ren");
  age("sub/deep/b.txt");
  keep();
  fs::remove(file);
  BOOST_TEST(now() == "404");
  write("sub/deep/b.txt", "back");
  BOOST_TEST(now() == "200 back");
  keep();
  fs::create_directories(root() / "other/deep");
  write("other/deep/b.txt", "other");
  fs::rename(root() / "sub", root() / "was");
  BOOST_TEST(now() == "404");
  fs::create_directory_symlink("other", root() / "sub");
  BOOST_TEST(now() == "200 other");
  fs::remove(root() / "sub");
  fs::create_directory_symlink("was", root() / "sub");
  BOOST_TEST(now() == "200 back");
  fs::remove(root() / "sub");
  fs::rename(root() / "other", root() / "sub");
  BOOST_TEST(now() == "200 other");
  keep();
  fs::rename(root() / "sub/deep", root() / "away");
  BOOST_TEST(now() == "404");
  fs::rename(root() / "away", root() / "sub/deep");
  BOOST_TEST(now() == "200 other");
  keep();
  fs::remove_all(root() / "sub");
  BOOST_TEST(now() == "404");
}

BOOST_AUTO_TEST_CASE(a_file_behind_a_link_is_read_each_time) {
  fs::create_directory_symlink("sub", root() / "link");
  const static_files served = files();
  BOOST_TEST(!from_memory(kept(served, "/static/link/deep/b.txt")));
  BOOST_TEST(got(served, "/static/link/deep/b.txt") == "200 deep");
}

BOOST_AUTO_TEST_CASE(permissions_are_looked_at_again_when_they_change) {
  const static_files served = files();
  for (const fs::path& path : {root() / "sub/deep/b.txt", root() / "sub/deep", root() / "sub"}) {
    BOOST_TEST(from_memory(kept(served, "/static/sub/deep/b.txt")));
    BOOST_REQUIRE(::chmod(path.c_str(), 0) == 0);
    const response refused = answer(served, "/static/sub/deep/b.txt");
    BOOST_TEST(!from_memory(refused), path);
    if (::geteuid() != 0) BOOST_TEST(refused.status() == status::forbidden, path);
    BOOST_REQUIRE(::chmod(path.c_str(), 0755) == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_reopened_root_forgets_what_was_below_the_old_one) {
  const fs::path current = directory / "current";
  fs::create_directory_symlink("site", current);
  static_options options;
  options.root_check = std::chrono::milliseconds{0};
  const static_files served{current.string(), options};
  BOOST_TEST(from_memory(kept(served, "/static/a.txt")));
  fs::create_directories(directory / "next");
  std::ofstream{directory / "next/a.txt"} << "next";
  fs::remove(current);
  fs::create_directory_symlink("next", current);
  served.reopen();
  BOOST_TEST(got(served, "/static/a.txt") == "200 next");
}

BOOST_AUTO_TEST_CASE(what_has_just_changed_hidden_or_too_large_is_not_kept) {
  static_options options;
  options.cached_file = 5;
  options.fallback = ".page";
  const static_files served = files(options);
  BOOST_TEST(from_memory(kept(served, "/static/a.txt")));
  write("six.txt", "sixsix");
  BOOST_TEST(!from_memory(kept(served, "/static/six.txt")));
  std::ofstream{root() / "new.txt"} << "new";
  BOOST_TEST(!from_memory(kept(served, "/static/new.txt")));
  write(".page", "page");
  BOOST_TEST(body_of(kept(served, "/static/x", "Accept: text/html\r\n")) == "page");
  BOOST_TEST(answer(served, "/static/.page").status() == status::not_found);
}

// The same requests to a site that keeps files and to one that reads them each time, with fields put together at
// random: what is kept must not be told from what is read.
BOOST_AUTO_TEST_CASE(a_thousand_requests_put_together_at_random_get_the_same_from_memory_as_from_the_disk) {
  write("empty.txt", "");
  write("data.bin", std::string(3'000, 'b') + "end");
  write("a.txt.gz", "zipped");
  write("a.txt.br", "br");
  fs::last_write_time(root() / "a.txt.gz", fs::last_write_time(root() / "a.txt"));
  fs::last_write_time(root() / "a.txt.br", fs::last_write_time(root() / "a.txt"));
  static_options none;
  none.cache = 0;
  const static_files keeping = files();
  const static_files reading = files(none);
  const std::vector<std::string> targets{"a.txt", "empty.txt", "data.bin", "", "sub/deep/b.txt", "a.txt.gz"};
  std::vector<std::string> tags{"\"x\"", "*", "W/\"x\"", "Thu, 01 Jan 1970 00:00:00 GMT",
                                "Fri, 01 Jan 2100 00:00:00 GMT"};
  for (const std::string& target : targets) {
    for (const char* const coding : {"", "Accept-Encoding: gzip\r\n", "Accept-Encoding: br\r\n"}) {
      const response whole = kept(keeping, "/static/" + target, coding);
      for (const std::string& tag : {field_of(whole, "ETag"), field_of(whole, "Last-Modified")}) {
        tags.push_back(tag);
        tags.push_back("W/" + tag);
      }
    }
  }
  const std::vector<std::string> conditions{"If-None-Match", "If-Match", "If-Modified-Since", "If-Unmodified-Since",
                                            "If-Range"};
  const std::vector<std::string> ranges{"bytes=0-0",   "bytes=1-",      "bytes=-2",
                                        "bytes=9999-", "bytes=0-1,3-4", "lines=1-2"};
  const std::vector<std::string> codings{"gzip", "br;q=0.5, gzip;q=0.4", "identity;q=0, gzip", "*;q=0", "zstd", "*"};
  std::mt19937 random{7};
  const auto one_of = [&](const std::vector<std::string>& all) { return all[random() % all.size()]; };
  std::size_t from_there = 0;
  for (int i = 0; i != 1'000; ++i) {
    std::string fields;
    if (random() % 2 == 0) fields += "Accept-Encoding: " + one_of(codings) + "\r\n";
    if (random() % 2 == 0) fields += "Range: " + one_of(ranges) + "\r\n";
    for (auto n = random() % 3; n != 0; --n) fields += one_of(conditions) + ": " + one_of(tags) + "\r\n";
    const std::string target = "/static/" + one_of(targets);
    const std::string method = random() % 4 == 0 ? "HEAD" : "GET";
    const response here = answer(keeping, target, fields, method);
    const response there = answer(reading, target, fields, method);
    BOOST_TEST(whole_of(here) == whole_of(there), method << " " << target << "\n" << fields);
    if (from_memory(here)) ++from_there;
  }
  BOOST_TEST(from_there > 300U);
}

BOOST_AUTO_TEST_CASE(the_page_for_paths_without_a_file_comes_from_memory_until_it_changes) {
  static_options options;
  options.fallback = "index.html";
  const static_files served = files(options);
  const std::string navigates = "Accept: text/html\r\n";
  BOOST_TEST(!from_memory(answer(served, "/static/other/route", navigates)));
  const response page = answer(served, "/static/some/route", navigates);
  BOOST_TEST(from_memory(page));
  BOOST_TEST(body_of(page) == "<h1>home</h1>");
  BOOST_TEST(field_of(page, "Vary") == "Accept-Encoding, Accept");
  BOOST_TEST(answer(served, "/static/some/route").status() == status::not_found);
  write("index.html", "<h1>new</h1>");
  BOOST_TEST(got(served, "/static/some/route", navigates) == "200 <h1>new</h1>");
  write("some", "here");
  BOOST_TEST(got(served, "/static/some", navigates) == "200 here");
}

BOOST_AUTO_TEST_CASE(a_file_that_has_changed_since_it_was_opened_is_not_kept) {
  const os::file_tree tree = os::file_tree::open(root().string()).value();
  const os::result<os::tree_entry> file = tree.find("a.txt");
  BOOST_REQUIRE(content::keep_bytes(*file, 100) != nullptr);
  write("a.txt", "HELLO");  // in its place, of the same size, and an hour old
  BOOST_TEST(content::keep_bytes(*file, 100) == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

using content::cached_file;
using content::file_cache;

struct cache_of_a_tree : site {
  std::shared_ptr<const os::file_tree> tree =
      std::make_shared<const os::file_tree>(os::file_tree::open(root().string()).value());

  static std::shared_ptr<const cached_file> file(const std::string& name, std::size_t size) {
    auto made = std::make_shared<cached_file>();
    made->name = name;
    made->variants.emplace_back().bytes = std::make_shared<const std::string>(size, 'x');
    return made;
  }

  void keep(file_cache& cache, const std::string& name, std::size_t size, steady_clock::time_point now) const {
    cache.keep(file(name, size), cache.prepare(tree, name).value(), now);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(file_cache_bounds, cache_of_a_tree)

BOOST_AUTO_TEST_CASE(the_least_recently_used_make_room_and_the_bound_holds) {
  const std::size_t each = file("1", 1'000)->cost();
  file_cache cache{3 * each, tree};
  const auto now = steady_clock::now();
  for (const char* const name : {"1", "2", "3"}) keep(cache, name, 1'000, now);
  BOOST_TEST(cache.find("1", now) != nullptr);
  keep(cache, "4", 1'000, now);
  BOOST_TEST(cache.find("2", now) == nullptr);
  BOOST_TEST(cache.find("1", now) != nullptr);
  BOOST_TEST(cache.count().files == 3U);
  BOOST_TEST(cache.count().bytes == 3 * each);
  keep(cache, "1", 2'000, now);
  BOOST_TEST(cache.count().bytes <= 3 * each);
  BOOST_TEST(cache.find("1", now)->variants.front().bytes->size() == 2'000U);
  keep(cache, "5", 10'000, now);
  BOOST_TEST(cache.find("5", now) == nullptr);
  BOOST_TEST(cache.count().files == 2U);
}

BOOST_AUTO_TEST_CASE(nothing_is_believed_for_longer_than_a_second) {
  file_cache cache{1'000'000, tree};
  const auto now = steady_clock::now();
  keep(cache, "a.txt", 5, now);
  BOOST_TEST(cache.find("a.txt", now + std::chrono::milliseconds{999}) != nullptr);
  BOOST_TEST(cache.find("a.txt", now + std::chrono::seconds{1}) == nullptr);
  BOOST_TEST(cache.count().bytes == 0U);
}

BOOST_AUTO_TEST_CASE(what_changes_while_it_is_read_is_not_kept) {
  file_cache cache{1'000'000, tree};
  const auto now = steady_clock::now();
  const auto ticket = cache.prepare(tree, "sub/deep/b.txt");
  write("sub/deep/b.txt", "changed");
  cache.keep(file("sub/deep/b.txt", 4), ticket.value(), now);
  BOOST_TEST(cache.find("sub/deep/b.txt", now) == nullptr);
}

BOOST_AUTO_TEST_CASE(files_of_a_tree_that_is_not_served_any_more_are_not_kept) {
  file_cache cache{1'000'000, tree};
  const auto ticket = cache.prepare(tree, "a.txt");
  const auto old = tree;
  cache.follow(std::make_shared<const os::file_tree>(os::file_tree::open(root().string()).value()));
  BOOST_TEST(!cache.prepare(old, "a.txt"));
  cache.keep(file("a.txt", 5), ticket.value(), steady_clock::now());
  BOOST_TEST(cache.count().files == 0U);
}

BOOST_AUTO_TEST_CASE(directories_beyond_the_bound_are_not_watched_and_files_in_them_are_kept_for_a_second) {
  content::directory_watches watches{3};
  fs::create_directories(root() / "more");
  BOOST_TEST(watches.watch(*tree, "sub/deep"));
  BOOST_TEST(watches.watch(*tree, "sub"));
  BOOST_TEST(!watches.watch(*tree, "more"));
  BOOST_TEST(watches.size() == 3U);
  BOOST_TEST(!watches.watch(*tree, "nothing"));
  // A directory that goes takes its watch along, and its place is free.
  fs::rename(root() / "sub/deep", root() / "away");
  BOOST_TEST(!watches.take().empty());
  BOOST_TEST(watches.size() == 2U);
  BOOST_TEST(watches.watch(*tree, "more"));
}

BOOST_AUTO_TEST_CASE(when_the_kernel_has_lost_events_everything_is_forgotten) {
  file_cache cache{1'000'000, tree};
  keep(cache, "a.txt", 5, steady_clock::now());
  keep(cache, "sub/deep/b.txt", 4, steady_clock::now());
  BOOST_TEST(cache.count().files == 2U);
  int most = 16'384;
  std::ifstream{"/proc/sys/fs/inotify/max_queued_events"} >> most;
  // Different ones each time, for equal ones in a row are told once.
  const fs::path one = root() / "one";
  const fs::path other = root() / "other";
  std::ofstream{one} << "";
  for (int i = 0; i <= most / 2; ++i) {
    BOOST_REQUIRE(::rename(one.c_str(), other.c_str()) == 0);
    BOOST_REQUIRE(::rename(other.c_str(), one.c_str()) == 0);
  }
  BOOST_TEST(cache.find("a.txt", steady_clock::now()) == nullptr);
  BOOST_TEST(cache.count().files == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
