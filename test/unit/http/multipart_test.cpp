// Multipart forms, cut into pieces at every place, and bombs made of them.
#include <cstdio>
#include <string>
#include <system_error>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <baton/multipart.hpp>

#include "http/exchange.hpp"
#include "support/temporary_directory.hpp"
#include "unit/http/run_task.hpp"
#include "unit/http/support.hpp"

namespace baton {
namespace {

class pieces final : public body_stream {
 public:
  pieces(std::string text, std::size_t size) : text_{std::move(text)}, size_{size} {}
  task<std::string_view> read() override {
    // A place of its own each time, so that what refers to an earlier piece is found out.
    piece_ = std::make_unique<std::string>(text_.substr(0, size_));
    text_.erase(0, size_);
    co_return *piece_;
  }

 private:
  std::string text_;
  std::size_t size_;
  std::unique_ptr<std::string> piece_;
};

struct direct_exchange final : http::exchange {
  body_stream& body() override { throw std::logic_error{"not here"}; }
  task<response> run_blocking(const handler::plain& call, request& req) override { co_return call(req); }
  void run_in_background(background_job) override {}
};

struct upload {
  explicit upload(std::string text, std::size_t size = 16 * 1024,
                  std::string_view type = "multipart/form-data; boundary=XX")
      : head{"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: " + std::string{type} + "\r\n\r\n"},
        body{std::move(text), size} {
    http::request_access::exchange(head.req) = &exchange;
  }
  http::parsed_head head;
  pieces body;
  direct_exchange exchange;
};

std::string part(std::string_view name, std::string_view content, std::string_view more = {}) {
  return "--XX\r\nContent-Disposition: form-data; name=\"" + std::string{name} + "\"" + std::string{more} + "\r\n\r\n" +
         std::string{content} + "\r\n";
}

task<std::string> list(upload& from, multipart_limits limits) {
  multipart_reader reader{from.head.req, from.body, limits};
  std::string all;
  while (multipart_part* const each = co_await reader.next_part()) {
    all += each->name() + "=" + co_await each->text(1 << 20) + "|";
  }
  co_return all;
}

std::string listed(const std::string& text, std::size_t size = 16 * 1024, const multipart_limits& limits = {},
                   std::string_view type = "multipart/form-data; boundary=XX") {
  upload from{text, size, type};
  try {
    return run_task(list(from, limits));
  } catch (const http_error& error) {
    return std::to_string(static_cast<unsigned>(error.status_code())) + " " + std::string{error.code()};
  }
}

const std::string closing = "--XX--\r\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(multipart)

BOOST_AUTO_TEST_CASE(parts_are_the_same_however_the_body_is_cut) {
  const std::string text = part("a", "1") + part("b", "") + part("c", "\r\n--X\r\n--\r\n-XX") +
                           part("d", std::string(300, '\r')) + part("e", "\r\n\r\n") + closing;
  const std::string whole = "a=1|b=|c=\r\n--X\r\n--\r\n-XX|d=" + std::string(300, '\r') + "|e=\r\n\r\n|";
  for (std::size_t size = 1; size <= text.size(); ++size) BOOST_REQUIRE(listed(text, size) == whole);
}

BOOST_AUTO_TEST_CASE(what_stands_around_the_parts_is_passed_over_if_it_is_short) {
  BOOST_TEST(listed("preamble\r\n" + part("a", "1") + closing + "epilogue") == "a=1|");
  BOOST_TEST(listed(closing) == "");
  BOOST_TEST(listed("--XX \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--XX--") == "a=1|");
  BOOST_TEST(listed("--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n--XX--") == "a=|");
  BOOST_TEST(listed(std::string(2000, 'x') + "\r\n" + part("a", "1") + closing) == "400 bad_multipart");
  BOOST_TEST(listed(part("a", "1") + closing + std::string(2000, 'x')) == "400 bad_multipart");
}

BOOST_AUTO_TEST_CASE(a_part_tells_its_name_its_file_and_its_type) {
  upload from{part("f", "x", "; filename=\"C:\\dir\\a\\\"b;c.txt\"\r\nContent-Type: image/png\r\nX-More: 1") +
              part("g", "y") + closing};
  const auto look = [&]() -> task<int> {
    multipart_reader reader{from.head.req, from.body};
    multipart_part* one = co_await reader.next_part();
    BOOST_TEST(one->name() == "f");
    BOOST_TEST(one->filename().value() == "C:\\dir\\a\"b;c.txt");
    BOOST_TEST(one->content_type() == "image/png");
    BOOST_TEST(one->fields().size() == 3U);
    one = co_await reader.next_part();  // the content of the first is passed over
    BOOST_TEST(!one->filename().has_value());
    BOOST_TEST(one->content_type() == "text/plain");
    const std::string content = co_await one->text();
    const bool over = (co_await one->read()).empty();
    const bool last = co_await reader.next_part() == nullptr;
    const bool still = co_await reader.next_part() == nullptr;
    BOOST_TEST(content == "y");
    BOOST_TEST((over && last && still));
    co_return 0;
  };
  run_task(look());
}

BOOST_AUTO_TEST_CASE(what_is_malformed_is_refused) {
  const std::string head = "--XX\r\nContent-Disposition: form-data; name=a\r\n";
  for (const std::string& text : {
           std::string{},
           std::string{"no boundary"},
           part("a", "1"),                          // no end
           head,                                    // no content
           head + "\r\n1",                          //
           head + "\r\n1\r\n--XX-",                 //
           part("a", "1") + "--XXX--\r\n",          // goes on behind the boundary
           std::string{"--XX\r\n\r\n1\r\n--XX--"},  // no disposition
           std::string{"--XX\r\nContent-Disposition: form-data\r\n\r\n1\r\n--XX--"},
           std::string{"--XX\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--XX--"},
           head + "Content-Disposition: form-data; name=b\r\n\r\n1\r\n--XX--",  // twice
           head + "Content-Transfer-Encoding: base64\r\n\r\nMQ==\r\n--XX--",
           head + " folded\r\n\r\n1\r\n--XX--",
           head + "Bad Name: 1\r\n\r\n1\r\n--XX--",
           head + "X: a\001b\r\n\r\n1\r\n--XX--",
           part("a\"; name=\"b", "1") + closing,
       }) {
    BOOST_TEST_CONTEXT(text) {
      for (const std::size_t size : {1U, 7U, 10'000U}) BOOST_TEST(listed(text, size) == "400 bad_multipart");
    }
  }
}

BOOST_AUTO_TEST_CASE(the_type_must_be_a_form_with_a_proper_boundary) {
  const auto with = [](std::string_view type) { return listed(part("a", "1") + closing, 100, {}, type); };
  BOOST_TEST(with("Multipart/Form-Data; charset=utf-8; Boundary=\"XX\"") == "a=1|");
  BOOST_TEST(with("multipart/mixed; boundary=XX") == "415 multipart_expected");
  BOOST_TEST(with("text/plain") == "415 multipart_expected");
  for (const std::string& bad : {std::string{""}, std::string{"; boundary="}, std::string{"; boundary=\"a\\\\b\""},
                                 std::string{"; boundary=\"a \""}, "; boundary=" + std::string(71, 'a'),
                                 std::string{"; boundary=XX; boundary=YY"}, std::string{"; boundary"}}) {
    BOOST_TEST(with("multipart/form-data" + bad) == "400 bad_multipart");
  }
}

BOOST_AUTO_TEST_CASE(multipart_bombs_are_refused_at_their_limits) {
  std::string many;
  for (int i = 0; i < 300; ++i) many += part("a", "");
  BOOST_TEST(listed(many + closing) == "413 multipart_too_large");

  std::string fields = "--XX\r\n";
  for (int i = 0; i < 17; ++i) fields += "X-" + std::to_string(i) + ": 1\r\n";
  BOOST_TEST(listed(fields + "\r\n1\r\n--XX--") == "413 multipart_too_large");

  // A head without end, in small pieces: refused once it is over its limit, not gathered.
  for (const std::size_t size : {10U, 10'000U}) {
    BOOST_TEST(listed("--XX\r\nX: " + std::string(100'000, 'x'), size) == "413 multipart_too_large");
  }

  multipart_limits small;
  small.part_size = 5;
  BOOST_TEST(listed(part("a", "12345") + closing, 3, small) == "a=12345|");
  BOOST_TEST(listed(part("a", "123456") + closing, 3, small) == "413 multipart_too_large");

  // Parts within parts are only bytes.
  BOOST_TEST(listed(part("a", "--YY\r\n--YY--", "\r\nContent-Type: multipart/mixed; boundary=YY") + closing) ==
             "a=--YY\r\n--YY--|");

  upload text{part("a", std::string(100, 'x')) + closing};
  const auto too_long = [&]() -> task<std::string> {
    multipart_reader reader{text.head.req, text.body};
    multipart_part* const one = co_await reader.next_part();
    co_return co_await one->text(99);
  };
  BOOST_CHECK_THROW(run_task(too_long()), http_error);
}

BOOST_AUTO_TEST_CASE(a_part_is_saved_whole_or_not_at_all) {
  const test::temporary_directory folder;
  const std::string path = folder.path() / "upload";
  const std::string content(1'000'000, 'x');
  const auto save = [](upload& from, std::string to) -> task<std::uint64_t> {
    multipart_reader reader{from.head.req, from.body};
    multipart_part* const one = co_await reader.next_part();
    co_return co_await one->save_as(std::move(to));
  };
  upload whole{part("f", content) + closing, 60'000};
  BOOST_TEST(run_task(save(whole, path)) == content.size());
  BOOST_TEST(std::filesystem::file_size(path) == content.size());
  upload again{part("f", "other") + closing};
  BOOST_CHECK_THROW(run_task(save(again, path)), std::system_error);  // it is there already
  BOOST_TEST(std::filesystem::file_size(path) == content.size());
  upload cut{part("f", content), 60'000};
  const std::string second = folder.path() / "second";
  BOOST_CHECK_THROW(run_task(save(cut, second)), http_error);
  BOOST_TEST(!std::filesystem::exists(second));
}

BOOST_AUTO_TEST_CASE(a_file_name_is_made_safe_before_it_is_one) {
  BOOST_TEST(safe_file_name("photo 1.jpg") == "photo 1.jpg");
  BOOST_TEST(safe_file_name("../../etc/passwd") == "passwd");
  BOOST_TEST(safe_file_name("C:\\Users\\a\\b.txt") == "b.txt");
  BOOST_TEST(safe_file_name("...hidden") == "hidden");
  BOOST_TEST(safe_file_name("a\r\nb:c*\0d") == "a__b_c_");
  for (const char* nothing : {"", ".", "..", "/", "a/", " . "}) BOOST_TEST(safe_file_name(nothing) == "unnamed");
  BOOST_TEST(safe_file_name(std::string(1000, 'a')).size() == 200U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
