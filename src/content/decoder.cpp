#include "content/decoder.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <span>

#include <brotli/decode.h>
#include <zlib.h>

namespace baton::content {
namespace {

// Below this a ratio says nothing: a short body of zeros may well be a thousand times smaller.
constexpr std::uint64_t ratio_counts_from = 64 * 1024;

struct progress {
  std::size_t taken = 0;
  std::size_t made = 0;
  bool broken = false;
  bool ended = false;
};

}  // namespace

class decoder::engine {
 public:
  virtual progress run(std::string_view from, std::span<char> to) = 0;
  virtual ~engine() = default;
};

class decoder::zlib_engine final : public engine {
 public:
  explicit zlib_engine(bool gzip) : gzip_{gzip} {
    constexpr int gzip_format = 16;
    if (::inflateInit2(&stream_, MAX_WBITS + (gzip ? gzip_format : 0)) != Z_OK) throw std::bad_alloc{};
  }
  zlib_engine(const zlib_engine&) = delete;
  zlib_engine& operator=(const zlib_engine&) = delete;
  ~zlib_engine() override { ::inflateEnd(&stream_); }

  progress run(std::string_view from, std::span<char> to) override {
    // A gzip file may have several members (RFC 1952 section 2.2).
    if (ended_ && !from.empty() && (!gzip_ || ::inflateReset(&stream_) != Z_OK)) return {0, 0, true, false};
    const auto most = std::min<std::size_t>(from.size(), std::numeric_limits<uInt>::max());
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(from.data()));
    stream_.avail_in = static_cast<uInt>(most);
    stream_.next_out = reinterpret_cast<Bytef*>(to.data());
    stream_.avail_out = static_cast<uInt>(to.size());
    const int result = ended_ && from.empty() ? Z_STREAM_END : ::inflate(&stream_, Z_NO_FLUSH);
    ended_ = result == Z_STREAM_END;
    if (result == Z_MEM_ERROR) throw std::bad_alloc{};
    const bool broken = result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR;
    return {most - stream_.avail_in, to.size() - stream_.avail_out, broken, ended_};
  }

 private:
  z_stream stream_{};
  const bool gzip_;
  bool ended_ = false;
};

class decoder::brotli_engine final : public engine {
 public:
  brotli_engine() : state_{::BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), ::BrotliDecoderDestroyInstance} {
    if (!state_) throw std::bad_alloc{};
  }

  progress run(std::string_view from, std::span<char> to) override {
    if (ended_) return {0, 0, !from.empty(), true};
    std::size_t left = from.size();
    const auto* next = reinterpret_cast<const std::uint8_t*>(from.data());
    std::size_t room_left = to.size();
    auto* out = reinterpret_cast<std::uint8_t*>(to.data());
    const auto result = ::BrotliDecoderDecompressStream(state_.get(), &left, &next, &room_left, &out, nullptr);
    ended_ = result == BROTLI_DECODER_RESULT_SUCCESS;
    return {from.size() - left, to.size() - room_left, result == BROTLI_DECODER_RESULT_ERROR, ended_};
  }

 private:
  std::unique_ptr<BrotliDecoderState, void (*)(BrotliDecoderState*)> state_;
  bool ended_ = false;
};

decoder::decoder(body_coding how, const inflation_options& limits) : limits_{limits} {
  if (how == body_coding::brotli) {
    engine_ = std::make_unique<brotli_engine>();
  } else {
    engine_ = std::make_unique<zlib_engine>(how == body_coding::gzip);
  }
}

decoder::~decoder() = default;

decoder::step decoder::next(std::string_view& bytes) {
  while (!bytes.empty() || pending_) {
    const progress did = engine_->run(bytes, buffer_);
    if (did.broken) return {outcome::broken};
    bytes.remove_prefix(did.taken);
    taken_ += did.taken;
    made_ += did.made;
    ended_ = did.ended;
    pending_ = did.made == buffer_.size() && !did.ended;
    const bool swells =
        limits_.maximum_ratio != 0 && made_ > ratio_counts_from && made_ / limits_.maximum_ratio > taken_;
    if (made_ > limits_.maximum_size || swells) return {outcome::too_large};
    if (did.made != 0) return {outcome::data, {buffer_.data(), did.made}};
    if (did.taken == 0 && !did.ended && !bytes.empty()) return {outcome::broken};  // it would never go on
  }
  return {outcome::need_more};
}

}  // namespace baton::content
