#include "content/encoder.hpp"

#include <algorithm>
#include <limits>
#include <new>

#include <brotli/encode.h>
#include <zlib.h>

namespace baton::content {
namespace {

constexpr std::size_t output_step = 16 * 1024;

class gzip_encoder final : public encoder {
 public:
  explicit gzip_encoder(int level) {
    constexpr int gzip_format = 16;
    constexpr int memory_level = 8;
    const int made =
        ::deflateInit2(&stream_, level, Z_DEFLATED, MAX_WBITS + gzip_format, memory_level, Z_DEFAULT_STRATEGY);
    if (made != Z_OK) throw std::bad_alloc{};
  }
  gzip_encoder(const gzip_encoder&) = delete;
  gzip_encoder& operator=(const gzip_encoder&) = delete;
  ~gzip_encoder() override { ::deflateEnd(&stream_); }

  void put(std::string_view data, flushing how, std::string& out) override {
    constexpr std::size_t most = std::numeric_limits<uInt>::max() / 2;
    for (; data.size() > most; data.remove_prefix(most)) run(data.substr(0, most), Z_NO_FLUSH, out);
    run(data, how == flushing::none ? Z_NO_FLUSH : how == flushing::sync ? Z_SYNC_FLUSH : Z_FINISH, out);
  }

 private:
  void run(std::string_view data, int flush, std::string& out) {
    // zlib does not write to it; its type is older than const.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream_.avail_in = static_cast<uInt>(data.size());
    do {
      const std::size_t before = out.size();
      out.resize(before + output_step);
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
      stream_.avail_out = output_step;
      ::deflate(&stream_, flush);  // fails only where it is used wrongly; no progress is no failure
      out.resize(before + output_step - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

  z_stream stream_{};
};

class brotli_encoder final : public encoder {
 public:
  brotli_encoder(int quality, std::optional<std::uint64_t> size)
      : state_{::BrotliEncoderCreateInstance(nullptr, nullptr, nullptr), ::BrotliEncoderDestroyInstance} {
    constexpr std::uint32_t window_bits = 18;  // 256 KiB, against 4 MiB by default
    if (!state_) throw std::bad_alloc{};
    set(BROTLI_PARAM_QUALITY, static_cast<std::uint32_t>(quality));
    set(BROTLI_PARAM_LGWIN, window_bits);
    constexpr std::uint64_t large = 1U << 30U;
    if (size) set(BROTLI_PARAM_SIZE_HINT, static_cast<std::uint32_t>(std::min(*size, large)));
  }

  void put(std::string_view data, flushing how, std::string& out) override {
    const auto operation = how == flushing::none   ? BROTLI_OPERATION_PROCESS
                           : how == flushing::sync ? BROTLI_OPERATION_FLUSH
                                                   : BROTLI_OPERATION_FINISH;
    std::size_t left = data.size();
    const auto* next = reinterpret_cast<const std::uint8_t*>(data.data());
    do {
      std::size_t room = 0;
      if (::BrotliEncoderCompressStream(state_.get(), operation, &left, &next, &room, nullptr, nullptr) ==
          BROTLI_FALSE) {
        throw std::bad_alloc{};
      }
      std::size_t count = 0;  // all that there is
      const std::uint8_t* const made = ::BrotliEncoderTakeOutput(state_.get(), &count);
      out.append(reinterpret_cast<const char*>(made), count);
    } while (left != 0 || ::BrotliEncoderHasMoreOutput(state_.get()) == BROTLI_TRUE);
  }

 private:
  void set(BrotliEncoderParameter name, std::uint32_t value) {
    ::BrotliEncoderSetParameter(state_.get(), name, value);  // within range: `compression` has checked
  }

  std::unique_ptr<BrotliEncoderState, void (*)(BrotliEncoderState*)> state_;
};

}  // namespace

std::unique_ptr<encoder> make_encoder(http::coding how, const compression_options& options,
                                      std::optional<std::uint64_t> size) {
  if (how == http::coding::brotli) return std::make_unique<brotli_encoder>(options.brotli_quality, size);
  return std::make_unique<gzip_encoder>(options.gzip_level);
}

}  // namespace baton::content
