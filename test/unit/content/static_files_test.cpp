// Files below a directory: names that lead nowhere, what is sent of them, and what a root may become.
#include <filesystem>
#include <fstream>
#include <string>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <baton/file_content.hpp>
#include <baton/static_files.hpp>

#include "os/file_tree.hpp"
#include "support/eventually.hpp"
#include "support/temporary_directory.hpp"
#include "unit/content/static_answers.hpp"

namespace baton {
namespace {

using test::answer;
using test::body_of;
using test::field_of;
using test::got;
namespace fs = std::filesystem;

// A site in a directory of its own, with something beside it that must never be served.
struct site {
  site() {
    fs::create_directories(root() / "sub");
    fs::create_directories(root() / ".git");
    fs::create_directories(root() / ".well-known");
    write("../secret.txt", "secret");
    write("a.txt", "hello");
    write("index.html", "<h1>home</h1>");
    write("sub/b.css", "b{}");
    write("sub/with space.txt", "space");
    write(".hidden", "hidden");
    write(".git/config", "secret");
    write(".well-known/security.txt", "contact");
  }

  [[nodiscard]] fs::path root() const { return directory / "site"; }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream{root() / name, std::ios::binary} << text;
  }

  static_files files(static_options options = {}) const { return static_files{root().string(), std::move(options)}; }

  test::temporary_directory directory;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(static_file, site)

BOOST_AUTO_TEST_CASE(files_are_served_with_type_tag_date_and_length) {
  const response from = answer(files(), "/static/a.txt");
  BOOST_TEST(body_of(from) == "hello");
  BOOST_TEST(from.file_body()->length() == 5U);
  BOOST_TEST(field_of(from, "Content-Type") == "text/plain; charset=utf-8");
  BOOST_TEST(field_of(from, "Accept-Ranges") == "bytes");
  BOOST_TEST(field_of(from, "ETag").starts_with("\""));
  BOOST_TEST(field_of(from, "Last-Modified").ends_with(" GMT"));
  BOOST_TEST(field_of(from, "Cache-Control") == "-");
  BOOST_TEST(got(files(), "/static/sub/with%20space.txt") == "200 space");
  BOOST_TEST(got(files(), "/static/.well-known/security.txt") == "200 contact");
}

BOOST_AUTO_TEST_CASE(no_spelling_of_a_path_leads_out_or_to_a_dot_file) {
  fs::create_symlink(directory / "secret.txt", root() / "absolute.txt");
  fs::create_symlink("../secret.txt", root() / "upward.txt");
  fs::create_symlink("..", root() / "parent");
  fs::create_symlink("/proc/self/root", root() / "magic");
  const static_files served = files();
  for (const std::string path : {"../secret.txt",
                                 "%2e%2e/secret.txt",
                                 "..%2fsecret.txt",
                                 "%2e%2e%2fsecret.txt",
                                 "sub/../../secret.txt",
                                 "sub/%2E%2E/%2E%2E/secret.txt",
                                 "..\\secret.txt",
                                 "..%5csecret.txt",
                                 "sub%2f..%2f..%2fsecret.txt",
                                 "%252e%252e/secret.txt",
                                 "%252e%252e%252fsecret.txt",
                                 "..;/secret.txt",
                                 ";/../secret.txt",
                                 "%c0%ae%c0%ae/secret.txt",
                                 "%e0%80%ae%e0%80%ae/secret.txt",
                                 "..%c0%afsecret.txt",
                                 "..%00/secret.txt",
                                 "a.txt%00.html",
                                 "a.txt%0a",
                                 "....//secret.txt",
                                 "./a.txt",
                                 "//etc/passwd",
                                 "/etc/passwd",
                                 "%2fetc%2fpasswd",
                                 "sub//b.css",
                                 "sub%2fb.css",
                                 "file:///etc/passwd",
                                 "~root/",
                                 "absolute.txt",
                                 "upward.txt",
                                 "parent/secret.txt",
                                 "magic/etc/passwd",
                                 ".hidden",
                                 "%2ehidden",
                                 ".git/config",
                                 "sub/.well-known/x",
                                 ".../secret.txt",
                                 "a.txt/",
                                 "a.txt/x",
                                 "a.txt."}) {
    const std::string status = got(served, "/static/" + path);
    BOOST_TEST((status == "404" || status == "400"), path << " gave " << status);
  }
  BOOST_TEST(got(served, "/static/../secret.txt") == "400");
}

BOOST_AUTO_TEST_CASE(links_that_stay_below_the_root_are_followed) {
  fs::create_symlink("../a.txt", root() / "sub/link.txt");
  BOOST_TEST(got(files(), "/static/sub/link.txt") == "200 hello");
}

BOOST_AUTO_TEST_CASE(where_the_kernel_cannot_look_files_up_no_link_is_followed) {
  fs::create_symlink("../a.txt", root() / "sub/link.txt");
  fs::create_directory_symlink("sub", root() / "also");
  const os::file_tree tree = os::file_tree::open(root().string()).value();
  const auto size_of = [&](const std::string& path) {
    const auto found = tree.find(path, os::path_lookup::steps);
    return found ? static_cast<int>(found->size) : -1;
  };
  BOOST_TEST(size_of("a.txt") == 5);
  BOOST_TEST(size_of("sub/b.css") == 3);
  BOOST_TEST((tree.find("", os::path_lookup::steps)->what == os::tree_entry::kind::directory));
  for (const std::string path : {"sub/link.txt", "also/b.css", "nothing", "a.txt/x", "nothing/x"}) {
    BOOST_TEST(size_of(path) == -1, path);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_refused_without_waiting) {
  BOOST_REQUIRE(::mkfifo((root() / "fifo").c_str(), 0600) == 0);
  fs::create_symlink("/dev/zero", root() / "device");
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un where{AF_UNIX, {}};
  (root() / "socket").string().copy(static_cast<char*>(where.sun_path), sizeof where.sun_path - 1);
  BOOST_REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
  ::close(fd);
  for (const std::string name : {"fifo", "device", "socket"})
    BOOST_TEST(got(files(), "/static/" + name) == "404", name);
}

BOOST_AUTO_TEST_CASE(directories_show_their_index_and_want_their_slash) {
  BOOST_TEST(got(files(), "/static/") == "200 <h1>home</h1>");
  const response moved = answer(files(), "/static/sub?x=1");
  BOOST_TEST(moved.status() == status::permanent_redirect);
  BOOST_TEST(field_of(moved, "Location") == "/static/sub/?x=1");
  BOOST_TEST(got(files(), "/static/sub/") == "404");
}

BOOST_AUTO_TEST_CASE(a_listing_escapes_names_and_leaves_dot_files_out) {
  write("sub/<b>&\"'.txt", "");
  write("sub/javascript:alert(1)", "");
  static_options options;
  options.listing = true;
  const std::string page{answer(files(options), "/static/sub/").body()};
  BOOST_TEST(page.find("<b>") == std::string::npos);
  BOOST_TEST(page.find("&lt;b&gt;&amp;&quot;&#39;.txt") != std::string::npos);
  BOOST_TEST(page.find("href=\"./javascript%3Aalert%281%29\"") != std::string::npos);
  BOOST_TEST(page.find("href=\"./with%20space.txt\"") != std::string::npos);
  fs::remove(root() / "index.html");
  BOOST_TEST(std::string{answer(files(options), "/static/").body()}.find("hidden") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(other_methods_are_refused_and_head_is_not) {
  BOOST_TEST(answer(files(), "/static/a.txt", {}, "HEAD").file_body()->length() == 5U);
  const response refused = answer(files(), "/static/a.txt", {}, "POST");
  BOOST_TEST(refused.status() == status::method_not_allowed);
  BOOST_TEST(field_of(refused, "Allow") == "GET, HEAD");
}

BOOST_AUTO_TEST_CASE(conditions_and_ranges_go_by_the_tag_of_the_file) {
  const static_files served = files();
  const std::string etag = field_of(answer(served, "/static/a.txt"), "ETag");
  BOOST_TEST(got(served, "/static/a.txt", "If-None-Match: " + etag + "\r\n") == "304");
  BOOST_TEST(got(served, "/static/a.txt", "Range: bytes=1-2\r\nIf-Range: " + etag + "\r\n") == "206 el");
  BOOST_TEST(got(served, "/static/a.txt", "Range: bytes=9-\r\n") == "416");
  write("a.txt", "changed");
  BOOST_TEST(got(served, "/static/a.txt", "If-None-Match: " + etag + "\r\n") == "200 changed");
  BOOST_TEST(got(served, "/static/a.txt", "Range: bytes=1-2\r\nIf-Range: " + etag + "\r\n") == "200 changed");
  write("empty.txt", "");
  BOOST_TEST(got(served, "/static/empty.txt", "Range: bytes=0-\r\n") == "200 ");
}

BOOST_AUTO_TEST_CASE(precompressed_siblings_are_preferred_where_they_are_accepted_and_not_stale) {
  write("a.txt.gz", "gz");
  write("a.txt.br", "br");
  const static_files served = files();
  BOOST_TEST(got(served, "/static/a.txt", "Accept-Encoding: gzip, br\r\n") == "200 br");
  const response zipped = answer(served, "/static/a.txt", "Accept-Encoding: gzip\r\n");
  BOOST_TEST(body_of(zipped) == "gz");
  BOOST_TEST(field_of(zipped, "Content-Encoding") == "gzip");
  BOOST_TEST(field_of(zipped, "Content-Type") == "text/plain; charset=utf-8");
  BOOST_TEST(field_of(zipped, "Vary") == "Accept-Encoding");
  const response plain = answer(served, "/static/a.txt");
  BOOST_TEST(field_of(plain, "Vary") == "Accept-Encoding");
  BOOST_TEST(field_of(plain, "ETag") != field_of(zipped, "ETag"));
  BOOST_TEST(got(served, "/static/a.txt", "Accept-Encoding: gzip;q=0.5, identity\r\n") == "200 hello");
  const auto old = fs::last_write_time(root() / "a.txt") - std::chrono::hours{1};
  fs::last_write_time(root() / "a.txt.br", old);
  BOOST_TEST(got(served, "/static/a.txt", "Accept-Encoding: gzip, br\r\n") == "200 gz");
  write("x.png", "png");
  write("x.png.gz", "gz");
  BOOST_TEST(got(served, "/static/x.png", "Accept-Encoding: gzip\r\n") == "200 png");
}

BOOST_AUTO_TEST_CASE(options_say_what_is_cached_and_what_a_type_is) {
  static_options options;
  options.cache_control = "max-age=60";
  options.cache_rules = {{"html", "no-cache"}};
  options.media_types = {{"css", "text/x-own"}};
  const static_files served = files(options);
  BOOST_TEST(field_of(answer(served, "/static/a.txt"), "Cache-Control") == "max-age=60");
  BOOST_TEST(field_of(answer(served, "/static/"), "Cache-Control") == "no-cache");
  BOOST_TEST(field_of(answer(served, "/static/sub/b.css"), "Content-Type") == "text/x-own");
}

BOOST_AUTO_TEST_CASE(the_fallback_is_for_who_navigates_alone) {
  static_options options;
  options.fallback = "index.html";
  const static_files served = files(options);
  BOOST_TEST(got(served, "/static/app/users/7", "Accept: text/html,*/*;q=0.8\r\n") == "200 <h1>home</h1>");
  BOOST_TEST(got(served, "/static/app/users/7", "Accept: */*\r\n") == "404");
  for (const std::string accept : {"text/html", "*/*"}) {
    const auto varies = field_of(answer(served, "/static/app/users/7", "Accept: " + accept + "\r\n"), "Vary");
    BOOST_TEST(varies.find("Accept") == 0U, varies);
  }
  BOOST_TEST(got(served, "/static/app/missing.js", "Accept: text/html\r\n") == "404");
  BOOST_TEST(got(served, "/static/a.txt", "Accept: text/html\r\n") == "200 hello");
}

BOOST_AUTO_TEST_CASE(a_turned_link_is_followed_and_a_root_that_is_gone_is_kept) {
  fs::create_directories(directory / "next");
  std::ofstream{directory / "next/a.txt"} << "next";
  const fs::path current = directory / "current";
  fs::create_directory_symlink("site", current);
  static_options options;
  options.root_check = std::chrono::milliseconds{0};
  const static_files by_hand{current.string(), options};
  options.root_check = std::chrono::milliseconds{1};
  const static_files by_itself{current.string(), options};
  fs::remove(current);
  fs::create_directory_symlink("next", current);
  BOOST_TEST(got(by_hand, "/static/a.txt") == "200 hello");
  by_hand.reopen();
  BOOST_TEST(got(by_hand, "/static/a.txt") == "200 next");
  BOOST_TEST(test::eventually(test::patience, [&] { return got(by_itself, "/static/a.txt") == "200 next"; }));
  fs::remove(current);
  by_hand.reopen();
  BOOST_TEST(got(by_hand, "/static/a.txt") == "200 next");
}

BOOST_AUTO_TEST_CASE(a_root_that_cannot_be_opened_is_told_at_once) {
  BOOST_CHECK_THROW(static_files{root().string() + "/nothing"}, boost::system::system_error);
  BOOST_CHECK_THROW(static_files{(root() / "a.txt").string()}, boost::system::system_error);
  static_options options;
  options.cache_control = "x\r\ny";
  BOOST_CHECK_THROW(files(options), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
