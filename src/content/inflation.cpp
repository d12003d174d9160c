#include <algorithm>
#include <optional>
#include <utility>

#include <baton/compression.hpp>

#include "content/decoder.hpp"
#include "http/forwarding_exchange.hpp"
#include "http/request_access.hpp"
#include "http/syntax.hpp"

namespace baton {
namespace {

using content::body_coding;
using content::decoder;
using http::request_access;
using outcome = decoder::outcome;

[[noreturn]] void refuse(outcome why) {
  if (why == outcome::too_large) {
    throw http_error{status::payload_too_large, "inflated_too_large"}.detail(
        "the body inflates beyond what is allowed");
  }
  throw http_error{status::bad_request, "bad_coding"}.detail("the body is not what its Content-Encoding says");
}

// The body piece by piece, inflated.
class inflating_stream final : public body_stream {
 public:
  inflating_stream(http::exchange& from, body_coding how, const inflation_options& limits)
      : from_{from}, decoder_{how, limits} {}

  task<std::string_view> read() override {
    while (!ended_) {
      const decoder::step step = decoder_.next(bytes_);
      if (step.what == outcome::data) co_return step.data;
      if (step.what != outcome::need_more) refuse(step.what);
      bytes_ = co_await from_.body().read();
      ended_ = bytes_.empty();
    }
    if (!decoder_.complete()) refuse(outcome::broken);
    co_return std::string_view{};
  }

 private:
  http::exchange& from_;
  decoder decoder_;
  std::string_view bytes_;
  bool ended_ = false;
};

// What stands between a request and its connection while its handler runs, and longer where the answer is
// streamed: the handler's body stream is in here.
class inflated_exchange final : public http::forwarding_exchange {
 public:
  inflated_exchange(http::exchange& own, body_coding how, const inflation_options& limits)
      : forwarding_exchange{own}, stream_{own, how, limits} {}

  body_stream& body() override { return stream_; }

  std::string collected;

 private:
  inflating_stream stream_;
};

std::string inflate_whole(std::string_view bytes, body_coding how, const inflation_options& limits) {
  const auto with = std::make_unique<decoder>(how, limits);
  std::string text;
  for (;;) {
    const decoder::step step = with->next(bytes);
    if (step.what == outcome::data) {
      text += step.data;
    } else if (step.what != outcome::need_more || !with->complete()) {
      refuse(step.what == outcome::need_more ? outcome::broken : step.what);
    } else {
      return text;
    }
  }
}

enum class verdict : std::uint8_t { plain, coded, unknown };

// The one coding of the request's body. Several are possible in theory, and a bomb within a bomb in practice.
verdict coding_of(const request& req, const inflation_options& options, body_coding& how) {
  verdict found = verdict::plain;
  for (const field_line& line : req.fields()) {
    std::string_view list = line.id == field::content_encoding ? line.value : std::string_view{};
    while (!list.empty()) {
      const std::string_view name = http::take_element(list);
      if (name.empty() || http::iequals(name, "identity")) continue;
      if (found != verdict::plain) return verdict::unknown;
      found = verdict::coded;
      if (http::iequals(name, "gzip") || http::iequals(name, "x-gzip")) {
        how = body_coding::gzip;
      } else if (http::iequals(name, "deflate")) {
        how = body_coding::deflate;
      } else if (http::iequals(name, "br") && options.brotli) {
        how = body_coding::brotli;
      } else {
        return verdict::unknown;
      }
    }
  }
  return found;
}

// The request as it was, whatever becomes of the handler.
class inflated_view {
 public:
  inflated_view(request& req, inflated_exchange& in_between)
      : req_{req}, exchange_{request_access::exchange(req)}, body_{req.body()} {
    request_access::exchange(req) = &in_between;
    if (!body_.empty()) request_access::body(req) = in_between.collected;
    request_access::content_length(req) =
        body_.empty() ? std::nullopt : std::optional<std::uint64_t>{in_between.collected.size()};
    std::erase_if(request_access::fields(req),
                  [](const field_line& line) { return line.id == field::content_encoding; });
  }
  inflated_view(const inflated_view&) = delete;
  inflated_view& operator=(const inflated_view&) = delete;
  ~inflated_view() {
    request_access::exchange(req_) = exchange_;
    if (!kept_) request_access::body(req_) = body_;
  }

  /// The inflated body stays, for what goes on to read it.
  void keep() noexcept { kept_ = true; }

 private:
  request& req_;
  http::exchange* const exchange_;
  const std::string_view body_;
  bool kept_ = false;
};

response unknown_coding(const inflation_options& options) {
  return response::problem(status::unsupported_media_type, "unknown_coding", "the body's Content-Encoding is not known")
      .set(field::accept_encoding, options.brotli ? "gzip, deflate, br" : "gzip, deflate");
}

task<response> run_inflated(request& req, next rest, body_coding how, const inflation_options& options) {
  http::exchange& own = *request_access::exchange(req);
  const auto in_between = std::make_shared<inflated_exchange>(own, how, options);  // shared with a producer
  if (!req.body().empty()) in_between->collected = inflate_whole(req.body(), how, options);
  inflated_view view{req, *in_between};
  response answer = co_await rest(req);
  if (!answer.streamed()) co_return answer;
  view.keep();
  const std::optional<std::uint64_t> length = answer.length();
  response::producer made = answer.stream_body();
  answer.replace_body([made = std::move(made), in_between](body_writer& out) { return made(out); }, length);
  co_return answer;
}

task<response> refuse_coding(const inflation_options& options) {
  co_return unknown_coding(options);
}

}  // namespace

middleware inflate_requests(inflation_options options) {
  return [options](request& req, next rest) -> task<response> {
    body_coding how{};
    switch (coding_of(req, options, how)) {
      case verdict::coded:
        return run_inflated(req, rest, how, options);
      case verdict::unknown:
        return refuse_coding(options);
      case verdict::plain:
        break;
    }
    return rest(req);
  };
}

}  // namespace baton
