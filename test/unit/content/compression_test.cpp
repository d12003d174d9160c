// Answers that are compressed and bodies that are inflated, and the bounds of both.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <baton/compression.hpp>
#include <baton/conditional.hpp>
#include <baton/file_content.hpp>

#include "content/decoder.hpp"
#include "content/encoder.hpp"
#include "http/error_response.hpp"
#include "http/exchange.hpp"
#include "http/route_table.hpp"
#include "os/unique_fd.hpp"
#include "unit/http/run_task.hpp"
#include "unit/http/support.hpp"

namespace baton {
namespace {

using content::body_coding;
using content::decoder;
using content::flushing;
using http::coding;
using http::parsed_head;
using http::request_access;

std::string packed(std::string_view text, coding how) {
  std::string made;
  content::make_encoder(how, {}, text.size())->put(text, flushing::end, made);
  return made;
}

inflation_options unlimited() {
  inflation_options limits;
  limits.maximum_size = 1'000'000'000;
  limits.maximum_ratio = 0;
  return limits;
}

std::string unpacked(std::string_view bytes, body_coding how) {
  decoder with{how, unlimited()};
  std::string text;
  for (decoder::step step = with.next(bytes); step.what == decoder::outcome::data; step = with.next(bytes)) {
    text += step.data;
  }
  return text;
}

// A writer that remembers what had come at each flush.
class remembering_writer final : public body_writer {
 public:
  task<void> write(std::string_view data) override {
    BOOST_TEST(data.size() <= 128U * 1024);
    text += data;
    co_return;
  }
  task<void> flush() override {
    flushed.push_back(text);
    co_return;
  }
  bool trailer(std::string_view, std::string_view) override { return false; }
  [[nodiscard]] bool draining() const noexcept override { return false; }
  task<bool> wait(std::chrono::milliseconds) override { co_return true; }
  void wake() noexcept override {}
  void cancel_on_drain() noexcept override {}

  std::string text;
  std::vector<std::string> flushed;
};

task<bool> produce(const response& answer, body_writer& out) {
  co_await answer.stream_body()(out);
  co_return true;
}

std::string body_of(const response& answer, remembering_writer& out) {
  if (answer.streamed()) run_task(produce(answer, out));
  return answer.streamed() ? out.text : std::string{answer.body()};
}

std::string body_of(const response& answer) {
  remembering_writer out;
  return body_of(answer, out);
}

// A body that comes a few bytes at a time.
struct dripping final : body_stream {
  task<std::string_view> read() override {
    const std::string_view piece = std::string_view{bytes}.substr(at, step);
    at += piece.size();
    co_return piece;
  }
  std::string bytes;
  std::size_t at = 0;
  std::size_t step = 7;
};

struct fake_exchange final : http::exchange {
  body_stream& body() override { return stream; }
  task<response> run_blocking(const handler::plain& call, request& req) override { co_return call(req); }
  void run_in_background(background_job) override {}
  dripping stream;
};

task<response> collect(request& req, body_stream& body) {
  std::string text;
  for (;;) {
    const std::string_view piece = co_await body.read();
    if (piece.empty()) break;
    text += piece;
  }
  if (req.get("Content-Encoding")) text += " still coded";
  co_return response::text(std::move(text));
}

task<response> echo_as_stream(request&, body_stream& body) {
  auto copy = [&body](body_writer& out) -> task<void> {
    for (;;) {
      const std::string_view piece = co_await body.read();
      if (piece.empty()) break;
      co_await out.write(piece);
    }
  };
  co_return response::stream("text/plain", copy);
}

response run(const http::route_table& table, request& req) {
  try {
    return run_task(table.find(req).run(req));
  } catch (...) {
    return http::error_response(std::current_exception(), req);
  }
}

struct compressed {
  compression_options options;

  response get(const handler& call, const std::string& accepted = "gzip", const std::string& method = "GET") {
    router routes;
    routes.use(compression(options));
    routes.get("/", call);
    const auto table = routes.release();
    parsed_head head{method + " / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: " + accepted + "\r\n\r\n"};
    return run(*table, head.req);
  }
};

struct inflated {
  inflation_options options;
  fake_exchange exchange;

  // With the whole body at once, or as a stream.
  response post(const std::string& path, std::string body, const std::string& coding) {
    router routes;
    routes.use(inflate_requests(options));
    routes.post("/whole", [](request& req) {
      const auto length = req.content_length() ? std::to_string(*req.content_length()) : "-";
      return response::text(std::string{req.body()} + (req.get("Content-Encoding") ? " still coded" : ""))
          .set("X-Length", length);
    });
    routes.post("/stream", collect);
    routes.post("/echo", echo_as_stream);
    table = routes.release();
    head = std::make_unique<parsed_head>("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                                         std::to_string(body.size()) + "\r\nContent-Encoding: " + coding + "\r\n\r\n");
    received = std::move(body);
    exchange.stream.bytes = received;
    exchange.stream.at = 0;
    request_access::exchange(head->req) = &exchange;
    if (path == "/whole") request_access::body(head->req) = received;
    return run(*table, head->req);
  }

  unsigned status_of(const std::string& path, std::string body, const std::string& coding) {
    return static_cast<unsigned>(post(path, std::move(body), coding).status());
  }

  std::shared_ptr<const http::route_table> table;
  std::unique_ptr<parsed_head> head;
  std::string received;
};

std::string long_text(std::size_t lines = 500) {
  std::string text;
  for (std::size_t i = 0; i != lines; ++i) text += "line " + std::to_string(i * 7919 % 1000) + " of a text\n";
  return text;
}

handler text_of(std::string text) {
  return [text = std::move(text)](request&) { return response::text(text); };
}

std::string field_of(const response& from, std::string_view name) {
  return std::string{from.get(name).value_or("-")};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(answers_compressed, compressed)

BOOST_AUTO_TEST_CASE(a_text_is_compressed_as_the_client_wishes) {
  const std::string text = long_text();
  const response zipped = get(text_of(text));
  BOOST_TEST(field_of(zipped, "Content-Encoding") == "gzip");
  BOOST_TEST(field_of(zipped, "Vary") == "Accept-Encoding");
  BOOST_TEST(field_of(zipped, "Content-Type") == "text/plain; charset=utf-8");
  BOOST_TEST(zipped.body().size() < text.size() / 2);
  BOOST_TEST((unpacked(zipped.body(), body_coding::gzip) == text));
  const response brotli = get(text_of(text), "gzip, br");
  BOOST_TEST(field_of(brotli, "Content-Encoding") == "br");
  BOOST_TEST((unpacked(brotli.body(), body_coding::brotli) == text));
  const response plain = get(text_of(text), "identity");
  BOOST_TEST((plain.body() == text));
  BOOST_TEST(field_of(plain, "Content-Encoding") == "-");
  BOOST_TEST(field_of(plain, "Vary") == "Accept-Encoding");
}

BOOST_AUTO_TEST_CASE(what_should_not_be_compressed_is_left_alone) {
  const std::string text = long_text();
  const auto left_alone = [&](const handler& call) {
    const response answer = get(call);
    return field_of(answer, "Content-Encoding") != "gzip" && answer.body() == text && field_of(answer, "Vary") == "-";
  };
  BOOST_TEST(field_of(get(text_of("short")), "Content-Encoding") == "-");
  BOOST_TEST(left_alone([&](request&) { return response::bytes("image/png", text); }));
  BOOST_TEST(left_alone([&](request&) { return response::bytes("text/event-stream", text); }));
  BOOST_TEST(left_alone([&](request&) { return response::text(text).set("Content-Encoding", "br"); }));
  BOOST_TEST(left_alone([&](request&) { return response::text(text).set("Cache-Control", "private, No-Transform"); }));
  BOOST_TEST(left_alone([&](request&) { return response::text(text, status::partial_content); }));
  BOOST_TEST(left_alone([&](request&) { return response::text(text).set("Content-Range", "bytes 0-9/10"); }));
  options.types = {"image/*"};
  BOOST_TEST(left_alone(text_of(text)));
  BOOST_TEST(field_of(get([&](request&) { return response::bytes("image/png", text); }), "Content-Encoding") == "gzip");
}

BOOST_AUTO_TEST_CASE(a_coding_has_a_weak_tag_of_its_own_and_vary_is_not_said_twice) {
  const response answer = get([](request&) {
    return response::text(long_text())
        .set("ETag", "\"a\"")
        .set("Accept-Ranges", "bytes")
        .set("Vary", "Origin, accept-encoding");
  });
  BOOST_TEST(field_of(answer, "ETag") == "W/\"a-gzip\"");
  BOOST_TEST(field_of(answer, "Accept-Ranges") == "-");
  BOOST_TEST(field_of(answer, "Vary") == "Origin, accept-encoding");
}

BOOST_AUTO_TEST_CASE(a_304_is_for_the_coding_that_would_be_sent_and_confirms_what_the_client_has) {
  const handler call = [](request& req) {
    const validators now{.etag = "\"a\""};
    if (auto answer = precondition_answer(req, now)) return std::move(*answer);
    return set_validators(response::text(long_text()), now);
  };
  const auto asked = [&](const std::string& fields) {
    const response answer = get(call, fields);
    BOOST_TEST(field_of(answer, "Vary") == "Accept-Encoding", fields);
    return std::to_string(static_cast<unsigned>(answer.status())) + " " + field_of(answer, "ETag");
  };
  BOOST_TEST(asked("gzip") == "200 W/\"a-gzip\"");
  BOOST_TEST(asked("gzip\r\nIf-None-Match: W/\"a-gzip\"") == "304 W/\"a-gzip\"");
  BOOST_TEST(asked("gzip\r\nIf-None-Match: \"b\", W/\"a-gzip\"") == "304 W/\"a-gzip\"");
  BOOST_TEST(asked("br\r\nIf-None-Match: W/\"a-br\"") == "304 W/\"a-br\"");
  BOOST_TEST(asked("gzip\r\nIf-None-Match: \"a\"") == "304 \"a\"");
  BOOST_TEST(asked("br\r\nIf-None-Match: W/\"a-gzip\"") == "200 W/\"a-br\"");
  BOOST_TEST(asked("identity\r\nIf-None-Match: W/\"a-gzip\"") == "200 \"a\"");
  BOOST_TEST(asked("gzip\r\nIf-None-Match: W/\"b-gzip\"") == "200 W/\"a-gzip\"");
}

BOOST_AUTO_TEST_CASE(what_a_stream_flushes_can_be_read_at_once) {
  for (const coding how : {coding::gzip, coding::brotli}) {
    const response answer = get(
        [](request&) {
          auto produce = [](body_writer& out) -> task<void> {
            co_await out.write("first");
            co_await out.flush();
            co_await out.write("second");
          };
          return response::stream("text/plain", produce);
        },
        std::string{to_string(how)});
    remembering_writer out;
    const std::string all = body_of(answer, out);
    const body_coding coding = how == coding::gzip ? body_coding::gzip : body_coding::brotli;
    BOOST_REQUIRE(out.flushed.size() == 1U);
    BOOST_TEST(unpacked(out.flushed.front(), coding) == "first");
    BOOST_TEST(unpacked(all, coding) == "firstsecond");
    BOOST_TEST(!answer.length().has_value());
  }
}

BOOST_AUTO_TEST_CASE(large_bodies_and_files_are_compressed_piece_by_piece) {
  const std::string text = long_text(100'000);
  const response answer = get(text_of(text));
  BOOST_TEST(answer.streamed());
  BOOST_TEST((unpacked(body_of(answer), body_coding::gzip) == text));

  const auto file = std::make_shared<os::unique_fd>(::memfd_create("test", 0));
  BOOST_REQUIRE(::write(file->get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  const response from_file = get(
      [&](request&) {
        auto content = std::make_shared<file_content>();
        content->keeps_open = file;
        content->descriptor = file->get();
        content->regions = {{0, text.size(), {}}};
        return response::file("text/plain", std::move(content));
      },
      "br");
  BOOST_TEST((unpacked(body_of(from_file), body_coding::brotli) == text));
  options.maximum_size = text.size() - 1;
  BOOST_TEST(field_of(get(text_of(text)), "Content-Encoding") == "-");
}

BOOST_AUTO_TEST_CASE(head_says_the_same_without_a_length) {
  const response answer = get(text_of(long_text()), "gzip", "HEAD");
  BOOST_TEST(field_of(answer, "Content-Encoding") == "gzip");
  BOOST_TEST(answer.streamed());
  BOOST_TEST(!answer.length().has_value());
}

BOOST_AUTO_TEST_CASE(levels_out_of_range_are_refused) {
  options.gzip_level = 10;
  BOOST_CHECK_THROW(static_cast<void>(compression(options)), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(bodies_inflated, inflated)

BOOST_AUTO_TEST_CASE(handlers_see_what_was_there_before_the_coding) {
  const std::string text = long_text();
  const response whole = post("/whole", packed(text, coding::gzip), "gzip");
  BOOST_TEST((whole.body() == text));
  BOOST_TEST(field_of(whole, "X-Length") == std::to_string(text.size()));
  BOOST_TEST((post("/whole", packed(text, coding::brotli), "BR").body() == text));
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{1'000'000}}) {
    exchange.stream.step = step;
    BOOST_TEST((post("/stream", packed(text, coding::gzip), "x-gzip").body() == text), step);
    BOOST_TEST((post("/stream", packed(text, coding::brotli), "br").body() == text), step);
  }
  BOOST_TEST(post("/whole", text, "identity").status() == status::ok);
  BOOST_TEST(post("/stream", "", "gzip").body() == "");
}

BOOST_AUTO_TEST_CASE(an_answer_that_streams_the_body_back_may_read_it_after_the_middleware_has_returned) {
  const std::string text = long_text();
  const response answer = post("/echo", packed(text, coding::gzip), "gzip");
  BOOST_TEST((body_of(answer) == text));
}

BOOST_AUTO_TEST_CASE(zip_bombs_are_refused_by_size_and_by_ratio) {
  const std::string zeros(20'000'000, '\0');
  for (const auto& [how, name] : {std::pair{coding::gzip, "gzip"}, std::pair{coding::brotli, "br"}}) {
    const std::string bomb = packed(zeros, how);
    BOOST_TEST(bomb.size() < 50'000U);
    options = {};
    BOOST_TEST(status_of("/whole", bomb, name) == 413U);  // by both
    exchange.stream.step = 4096;
    BOOST_TEST(status_of("/stream", bomb, name) == 413U);
    options.maximum_ratio = 0;
    BOOST_TEST(status_of("/whole", bomb, name) == 413U);  // by size
    options = {};
    options.maximum_size = zeros.size() * 2;
    BOOST_TEST(status_of("/whole", bomb, name) == 413U);  // by ratio
    options.maximum_ratio = 0;
    BOOST_TEST(status_of("/whole", bomb, name) == 200U);
  }
}

BOOST_AUTO_TEST_CASE(a_short_body_may_have_any_ratio) {
  const std::string zeros(60'000, '\0');
  BOOST_TEST((post("/whole", packed(zeros, coding::brotli), "br").body() == zeros));
}

BOOST_AUTO_TEST_CASE(what_is_not_coded_as_it_says_is_refused) {
  const std::string good = packed(long_text(), coding::gzip);
  for (const std::string path : {"/whole", "/stream"}) {
    BOOST_TEST(status_of(path, "no gzip at all", "gzip") == 400U);
    BOOST_TEST(status_of(path, "no brotli at all", "br") == 400U);
    BOOST_TEST(status_of(path, good.substr(0, good.size() - 1), "gzip") == 400U);
    BOOST_TEST(status_of(path, good + "behind", "gzip") == 400U);
    BOOST_TEST(status_of(path, packed(long_text(), coding::brotli) + "behind", "br") == 400U);
    BOOST_TEST(status_of(path, good, "deflate") == 400U);
  }
  BOOST_TEST((post("/whole", good + good, "gzip").body() == long_text() + long_text()));  // two members
}

BOOST_AUTO_TEST_CASE(unknown_and_nested_codings_are_refused_with_what_is_known) {
  for (const std::string name : {"zstd", "compress", "gzip, gzip", "gzip\r\nContent-Encoding: br", "x"}) {
    const response answer = post("/stream", "body", name);
    BOOST_TEST(answer.status() == status::unsupported_media_type, name);
    BOOST_TEST(field_of(answer, "Accept-Encoding") == "gzip, deflate, br");
  }
  options.brotli = false;
  BOOST_TEST(field_of(post("/whole", "body", "br"), "Accept-Encoding") == "gzip, deflate");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
