// The walker over WebSocket frames: however the bytes are cut, it changes the same ones, and only those of a length whose top bit was set.
#include <cstdint>
#include <algorithm>
#include <span>
#include <string>

#include "expect.hpp"
#include "http/websocket_guard.hpp"

using namespace baton;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string sent{reinterpret_cast<const char*>(data), size};
  std::string whole = sent;
  http::websocket_guard at_once;
  at_once.pass(whole);
  std::string pieces = sent;
  http::websocket_guard slowly;
  std::size_t step = 1;
  for (std::size_t at = 0; at < size; at += step, step = step % 7 + 1) {
    slowly.pass(std::span{pieces}.subspan(at, std::min(step, size - at)));
  }
  fuzz::expect(whole == pieces);
  for (std::size_t i = 0; i != size; ++i) fuzz::expect(whole[i] == sent[i] || whole[i] == 0);
  if (size >= 10 && (data[1] & 0x7fU) == 127) fuzz::expect((static_cast<unsigned char>(whole[2]) & 0x80U) == 0);
  return 0;
}
