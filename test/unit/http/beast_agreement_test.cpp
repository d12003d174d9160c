// The head parser against Beast's: what it takes, Beast takes too and reads alike. Heads are made of
// fragments, good and bad, and then damaged.
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/test/unit_test.hpp>

#include "unit/http/support.hpp"

namespace baton::http {
namespace {

namespace beast_http = boost::beast::http;
using boost::beast::string_view;
using boost::system::error_code;

class beast_reading final : public beast_http::basic_parser<true> {
 public:
  explicit beast_reading(const std::string& bytes) {
    skip(true);
    error_code error;
    consumed = put(boost::asio::buffer(bytes), error);
    complete = !error && is_header_done();
  }

  bool complete = false;
  std::size_t consumed = 0;
  std::string method, target;
  int version = 0;
  std::vector<std::pair<std::string, std::string>> fields;

 private:
  void on_request_impl(beast_http::verb, string_view text, string_view where, int number, error_code&) override {
    method = std::string{text};
    target = std::string{where};
    version = number;
  }
  void on_field_impl(beast_http::field, string_view name, string_view value, error_code&) override {
    fields.emplace_back(std::string{name}, std::string{value});
  }
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}
};

class head_maker {
 public:
  std::string make() {
    std::string head = one_of({"GET", "POST", "HEAD", "OPTIONS", "M-SEARCH", "get", "G(T"}) + " " +
                       one_of({"/", "/a/b?x=1", "/%41%2f", "http://h/x", "*", "/a b", "/\x80"}) + " " +
                       one_of({"HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0"}) + "\r\nHost: h\r\n";
    for (unsigned lines = drawn(5); lines != 0; --lines) {
      head += one_of({"Accept", "X-A", "Connection", "Content-Length", "x-long-name-of-a-field", "Upgrade"}) +
              one_of({":", ": ", ":\t ", " :"}) +
              one_of({"", "a", "12", "close", "keep-alive, x", "a value \t of twenty bytes", "caf\xe9", "a\x01"}) +
              one_of({"", " ", "\t"}) + one_of({"\r\n", "\r\n", "\r\n", "\n", "\r\n ", "\r"});
    }
    head += "\r\n";
    for (unsigned damages = drawn(3); damages != 0; --damages) {
      head[drawn(static_cast<unsigned>(head.size()))] = static_cast<char>(drawn(256));
    }
    return head;
  }

 private:
  unsigned drawn(unsigned below) { return std::uniform_int_distribution<unsigned>{0, below - 1}(random_); }
  std::string one_of(const std::vector<std::string>& choices) {
    return choices[drawn(static_cast<unsigned>(choices.size()))];
  }
  std::mt19937 random_{20};  // NOLINT: the same heads each time
};

bool alike(const parsed_head& own, const beast_reading& beast) {
  if (own.req.method_text() != beast.method || own.req.target() != beast.target) return false;
  if (own.req.version() != static_cast<unsigned>(beast.version)) return false;
  if (own.result.consumed != beast.consumed || own.req.fields().size() != beast.fields.size()) return false;
  for (std::size_t i = 0; i != beast.fields.size(); ++i) {
    const field_line& line = own.req.fields()[i];
    if (line.name != beast.fields[i].first || line.value != beast.fields[i].second) return false;
    if (line.id != beast_http::string_to_field(beast.fields[i].first)) return false;
  }
  return true;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(beast_agreement)

BOOST_AUTO_TEST_CASE(what_is_taken_beast_takes_too_and_reads_alike) {
  head_maker maker;
  unsigned taken = 0;
  for (int i = 0; i != 20'000; ++i) {
    const std::string head = maker.make();
    const parsed_head own{head};
    if (own.result.outcome != head_outcome::complete) continue;
    ++taken;
    const beast_reading beast{head};
    if (!beast.complete || !alike(own, beast)) BOOST_ERROR("read differently: " + head);
  }
  BOOST_TEST(taken > 500U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::http
