#include "http/chunked_decoder.hpp"

#include <ostream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace baton::http {
namespace {

using namespace std::string_literals;
using outcome = chunked_decoder::outcome;

struct decoded {
  outcome end = outcome::need_more;
  std::string body;
  std::size_t consumed = 0;
  status refusal = status::ok;
};

// Steps until the decoder wants more bytes or has come to an end.
void feed(chunked_decoder& decoder, std::string_view bytes, decoded& into) {
  for (;;) {
    const chunked_decoder::step step = decoder.next(bytes);
    bytes.remove_prefix(step.consumed);
    into.consumed += step.consumed;
    into.body += step.data;
    into.end = step.what;
    if (step.what == outcome::refused) into.refusal = decoder.refusal();
    if (step.what != outcome::data) return;
  }
}

decoded decode(std::string_view bytes, std::size_t trailer_limit = 1024, std::size_t field_limit = 10) {
  chunked_decoder decoder{trailer_limit, field_limit};
  decoded result;
  feed(decoder, bytes, result);
  return result;
}

bool refused(std::string_view bytes) {
  return decode(bytes).end == outcome::refused;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chunked)

BOOST_AUTO_TEST_CASE(chunks_are_joined_and_the_rest_is_left) {
  const decoded result = decode("5\r\nhello\r\n00A\r\n, worlds!!\r\n0\r\n\r\nGET /");
  BOOST_TEST((result.end == outcome::complete));
  BOOST_TEST(result.body == "hello, worlds!!");
  BOOST_TEST(result.consumed == 32U);
}

BOOST_AUTO_TEST_CASE(every_split_in_two_gives_the_same) {
  const std::string bytes = "5;a=b;c\r\nhello\r\n3 ; q = \"x;\\\"\"\r\n\r\n!\r\n000;x\r\nX-Sum: 1\r\nY:\r\n\r\n";
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    BOOST_TEST_CONTEXT(cut) {
      chunked_decoder decoder{1024, 10};
      decoded result;
      feed(decoder, std::string_view{bytes}.substr(0, cut), result);
      BOOST_TEST((result.end == (cut == bytes.size() ? outcome::complete : outcome::need_more)));
      feed(decoder, std::string_view{bytes}.substr(cut), result);
      BOOST_TEST((result.end == outcome::complete));
      BOOST_TEST(result.body == "hello\r\n!");
      BOOST_TEST(result.consumed == bytes.size());
      BOOST_REQUIRE(decoder.trailers().size() == 2U);
      BOOST_TEST(decoder.trailers()[0].value == "1");
    }
  }
}

BOOST_AUTO_TEST_CASE(byte_by_byte_gives_the_same) {
  const std::string bytes = "5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n";
  chunked_decoder decoder{1024, 10};
  decoded result;
  for (const char c : bytes) feed(decoder, {&c, 1}, result);
  BOOST_TEST((result.end == outcome::complete));
  BOOST_TEST(result.body == "hello");
  BOOST_TEST(decoder.trailers().front().name == "X");
}

BOOST_AUTO_TEST_CASE(malformed_sizes_are_refused) {
  for (const std::string& size :
       std::vector<std::string>{"", "g", "-5", "+5", "0x5", " 5", "5 ", "5_0", "5,", "5.0", "5\t", "\xef\xbc\x95",
                                "5\0"s, "fffffffffffffffb", "8000000000000000", "10000000000000005"}) {
    BOOST_TEST_CONTEXT(size) {
      BOOST_TEST(refused(size + "\r\nhello\r\n0\r\n\r\n"));
    }
  }
  BOOST_TEST((decode("7fffffffffffffff\r\nx").end == outcome::need_more));
  BOOST_TEST((decode("100000005\r\nhello\r\n").body == "hello\r\n"));
}

BOOST_AUTO_TEST_CASE(malformed_extensions_are_refused) {
  for (const std::string& extension :
       std::vector<std::string>{";", ";;a", ";=b", ";a=", ";a b", ";a =", ";a\x01", ";a=\"b", ";a=\"b\"c",
                                ";a=\"\x01\"", ";a=\"\\\x7f\"", ";a=b=c", ";a=b ", ";a ", " a", ";a=\"\n\""}) {
    BOOST_TEST_CONTEXT(extension) {
      BOOST_TEST(refused("1" + extension + "\r\nx\r\n0\r\n\r\n"));
    }
  }
}

BOOST_AUTO_TEST_CASE(line_endings_are_crlf_and_nothing_else) {
  for (const std::string& bytes :
       std::vector<std::string>{"5\nhello", "5\r\rhello", "5;a\nhello", "1\r\nx\n", "1\r\nxy", "1\r\nx\rx",
                                "1\r\nxXX0\r\n", "0\r\n\n", "0\r\n\rx", "0\r\nX: y\n\r\n", "0\r\nX: y\rZ: q\r\n\r\n"}) {
    BOOST_TEST_CONTEXT(bytes) {
      BOOST_TEST(refused(bytes));
    }
  }
}

BOOST_AUTO_TEST_CASE(size_lines_and_extensions_are_bounded) {
  BOOST_TEST((decode("1;" + std::string(252, 'a') + "\r\n").end == outcome::need_more));
  BOOST_TEST(refused("1;" + std::string(253, 'a') + "\r\n"));
  BOOST_TEST(refused(std::string(257, '0')));
  const std::string chunk = "1;" + std::string(199, 'a') + "\r\nx\r\n";  // 200 bytes of extension with its end
  std::string body;
  for (int i = 0; i != 81; ++i) body += chunk;
  BOOST_TEST((decode(body).end == outcome::need_more));
  BOOST_TEST(refused(body + chunk + chunk));
}

BOOST_AUTO_TEST_CASE(trailers_are_bounded) {
  const std::string trailers = "0\r\nA: 1\r\nB: 2\r\n\r\n";
  BOOST_TEST((decode(trailers, 12, 2).end == outcome::complete));
  BOOST_TEST((decode(trailers, 11, 2).refusal == status::request_header_fields_too_large));
  BOOST_TEST((decode(trailers, 12, 1).refusal == status::request_header_fields_too_large));
  BOOST_TEST((decode("0\r\nX: " + std::string(262144, 'a')).refusal == status::request_header_fields_too_large));
  BOOST_TEST((decode("0\r\n\r\n", 0, 0).end == outcome::complete));
}

BOOST_AUTO_TEST_CASE(malformed_trailers_are_refused) {
  for (const std::string& line :
       std::vector<std::string>{"foo", ": x", " X: y", "X : y", "X: a\x01", "X: a\0"s, "X(: y", "X: a\r\n b"}) {
    BOOST_TEST_CONTEXT(line) {
      BOOST_TEST(refused("0\r\n" + line + "\r\n\r\n"));
    }
  }
}

BOOST_AUTO_TEST_CASE(trailers_that_could_mislead_are_left_out) {
  chunked_decoder decoder{1024, 20};
  decoded result;
  feed(decoder,
       "0\r\nContent-Length: 4\r\nX-A:  b \r\ntransfer-encoding: chunked\r\nHost: h\r\nAuthorization: x\r\n"
       "Content-Type: x\r\nETag: \"v\"\r\nCache-Control: no-store\r\n\r\n",
       result);
  BOOST_TEST((result.end == outcome::complete));
  BOOST_REQUIRE(decoder.trailers().size() == 2U);
  BOOST_TEST(decoder.trailers()[0].value == "b");
  BOOST_TEST((decoder.trailers()[1].id == field::etag));
}

BOOST_AUTO_TEST_CASE(a_refusal_is_final_until_reset) {
  chunked_decoder decoder{1024, 10};
  decoded result;
  feed(decoder, "x", result);
  feed(decoder, "0\r\n\r\n", result);
  BOOST_TEST((result.end == outcome::refused));
  decoder.reset();
  feed(decoder, "0\r\n\r\n", result);
  BOOST_TEST((result.end == outcome::complete));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::http
