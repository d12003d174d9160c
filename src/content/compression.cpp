#include <baton/compression.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <baton/file_content.hpp>

#include "content/coded_tags.hpp"
#include "content/encoder.hpp"
#include "http/media_types.hpp"
#include "http/syntax.hpp"
#include "os/file_reading.hpp"

namespace baton {
namespace {

using content::encoder;
using content::flushing;
using http::coding;
using shared_options = std::shared_ptr<const compression_options>;

// Bodies up to this size are compressed at once, and their length is sent; larger ones piece by piece.
constexpr std::size_t at_once = 256 * 1024;
constexpr std::size_t piece_size = 32 * 1024;
// After so much the worker's other connections have their turn: a client that reads as fast as this writes would
// otherwise keep it for seconds.
constexpr std::size_t turn = 2 * piece_size;

// Compresses what is written to it, and hands it on.
class compressing_writer final : public body_writer {
 public:
  compressing_writer(body_writer& to, std::unique_ptr<encoder> with) : to_{to}, encoder_{std::move(with)} {}

  task<void> write(std::string_view data) override {
    for (; !data.empty(); data.remove_prefix(std::min(piece_size, data.size()))) {
      const std::string_view piece = data.substr(0, piece_size);
      encoder_->put(piece, flushing::none, out_);
      if (out_.size() >= piece_size) co_await hand_on();
      this_turn_ += piece.size();
      if (this_turn_ < turn) continue;
      this_turn_ = 0;
      co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    }
  }

  task<void> flush() override {
    encoder_->put({}, flushing::sync, out_);
    co_await hand_on();
    co_await to_.flush();
  }

  bool trailer(std::string_view name, std::string_view value) override { return to_.trailer(name, value); }
  [[nodiscard]] bool draining() const noexcept override { return to_.draining(); }
  task<bool> wait(std::chrono::milliseconds time) override { return to_.wait(time); }
  void wake() noexcept override { to_.wake(); }
  void cancel_on_drain() noexcept override { to_.cancel_on_drain(); }

  task<void> finish() {
    encoder_->put({}, flushing::end, out_);
    co_await hand_on();
  }

 private:
  task<void> hand_on() {
    if (!out_.empty()) co_await to_.write(out_);
    out_.clear();
  }

  body_writer& to_;
  std::unique_ptr<encoder> encoder_;
  std::string out_;
  std::size_t this_turn_ = 0;
};

task<void> write_file(std::shared_ptr<const file_content> file, body_writer& out) {
  std::string piece;
  for (const file_region& region : file->regions) {
    co_await out.write(region.before);
    for (std::uint64_t done = 0; done != region.length; done += piece.size()) {
      piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(piece_size, region.length - done)));
      const auto got = os::read_at(*file, region.offset + done, piece);
      if (got.value() != piece.size()) throw std::runtime_error{"a file has become shorter while it was being sent"};
      co_await out.write(piece);
    }
  }
  co_await out.write(file->after);
}

task<void> write_text(std::shared_ptr<const std::string> text, body_writer& out) {
  co_await out.write(*text);
}

// Whatever the body is made of, as something that writes it.
response::producer producer_of(response& answer) {
  if (answer.streamed()) return answer.stream_body();
  if (answer.file_body()) {
    return [file = answer.file_body()](body_writer& out) { return write_file(file, out); };
  }
  std::string text{answer.body()};
  return
      [body = std::make_shared<const std::string>(std::move(text))](body_writer& out) { return write_text(body, out); };
}

std::optional<std::uint64_t> size_of(const response& answer) {
  if (answer.streamed()) return answer.length();
  return answer.file_body() ? answer.file_body()->length() : answer.body().size();
}

bool is_listed(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    if (http::iequals(http::take_element(list), name)) return true;
  }
  return false;
}

bool takes(const compression_options& options, std::string_view type) {
  const std::string_view bare = http::bare_type(type);
  if (options.types.empty()) return http::is_compressible(bare);
  return std::any_of(options.types.begin(), options.types.end(), [&](std::string_view each) {
    if (!each.ends_with("/*")) return http::iequals(each, bare);
    each.remove_suffix(1);
    return bare.size() > each.size() && http::iequals(bare.substr(0, each.size()), each);
  });
}

// Whether the client's wishes matter at all: what is not has no Vary.
bool may_be_compressed(const response& answer, const compression_options& options) {
  const auto code = static_cast<unsigned>(answer.status());
  if (answer.upgrades() || code < 200 || code == 204 || code == 206 || code == 304) return false;
  if (answer.get("Content-Encoding") || answer.get("Content-Range")) return false;
  if (is_listed(answer.get("Cache-Control").value_or(""), "no-transform")) return false;
  const std::optional<std::uint64_t> size = size_of(answer);
  if (size && (*size < options.minimum_size || (options.maximum_size != 0 && *size > options.maximum_size)))
    return false;
  return takes(options, answer.get("Content-Type").value_or(""));
}

coding choose(const request& req, const compression_options& options) {
  std::array<coding, 2> offered{};
  std::size_t count = 0;
  if (options.brotli_quality != 0) offered[count++] = coding::brotli;
  if (options.gzip_level != 0) offered[count++] = coding::gzip;
  return http::accepted_codings{req}.best(std::span{offered}.first(count));
}

// The representation is another one: its bytes are not those that the tag and ranges were about.
void set_fields(response& answer, coding how) {
  answer.set(field::content_encoding, http::to_string(how));
  answer.erase("Accept-Ranges");
  if (const auto tag = answer.get("ETag")) answer.set(field::etag, content::coded_tag(*tag, how));
}

void add_vary(response& answer) {
  const auto varies = answer.get("Vary").value_or("");
  if (varies != "*" && !is_listed(varies, "Accept-Encoding")) answer.append("Vary", "Accept-Encoding");
}

void compress(const request& req, response& answer, coding how, const shared_options& options) {
  if (answer.status() == status::not_modified) {
    add_vary(answer);  // as the 200 would have it; its type is not known here
    return content::confirm_tag(req, answer, how);
  }
  if (!may_be_compressed(answer, *options)) return;
  add_vary(answer);
  if (how == coding::identity) return;
  const std::optional<std::uint64_t> size = size_of(answer);
  if (req.method() == method::head) {
    answer.replace_body([](body_writer&) -> task<void> { co_return; });  // no length: it is not known
  } else if (!answer.streamed() && !answer.file_body() && answer.body().size() <= at_once) {
    std::string made;
    content::make_encoder(how, *options, size)->put(answer.body(), flushing::end, made);
    answer.body(std::move(made));
  } else {
    answer.replace_body([from = producer_of(answer), how, options, size](body_writer& out) -> task<void> {
      compressing_writer writer{out, content::make_encoder(how, *options, size)};
      co_await from(writer);
      co_await writer.finish();
    });
  }
  set_fields(answer, how);
}

}  // namespace

middleware compression(compression_options options) {
  if (options.gzip_level < 0 || options.gzip_level > 9 || options.brotli_quality < 0 || options.brotli_quality > 11) {
    throw std::invalid_argument{"gzip_level is 0 to 9, brotli_quality 0 to 11"};
  }
  return [kept = std::make_shared<const compression_options>(std::move(options))](request& req,
                                                                                  next rest) -> task<response> {
    const coding how = choose(req, *kept);
    content::plain_tags tags{req, how};
    response answer = co_await rest(req);
    tags.restore();
    compress(req, answer, how, kept);
    co_return answer;
  };
}

}  // namespace baton
