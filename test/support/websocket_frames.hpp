// WebSocket frames as bytes, right ones and wrong ones, and a strict reading of a server's: independent of the code
// under test.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace baton::test::ws {

inline constexpr unsigned continuation = 0;
inline constexpr unsigned text = 1;
inline constexpr unsigned binary = 2;
inline constexpr unsigned close = 8;
inline constexpr unsigned ping = 9;
inline constexpr unsigned pong = 10;

inline std::string big_endian(std::uint64_t value, unsigned bytes) {
  std::string made;
  for (unsigned i = bytes; i-- > 0;) made += static_cast<char>(value >> (8 * i) & 0xffU);
  return made;
}

/// How a frame is to be made; the defaults are right for a client.
struct shape {
  bool fin = true;
  unsigned reserved = 0;  ///< bits: 4 is RSV1, 2 RSV2, 1 RSV3
  bool masked = true;
  unsigned wide = 0;            ///< 2 or 8 forces that many bytes of extended length
  std::uint64_t announced = 0;  ///< in the place of the payload's length, if not zero
};

/// A frame of a client.
inline std::string frame(unsigned opcode, std::string_view payload, shape how = {}) {
  constexpr std::string_view mask = "\x37\xfa\x21\x3d";
  const std::uint64_t length = how.announced != 0 ? how.announced : payload.size();
  const unsigned wide = how.wide != 0 ? how.wide : length < 126 ? 0 : length < 65536 ? 2 : 8;
  std::string made;
  made += static_cast<char>((how.fin ? 0x80U : 0U) | how.reserved << 4U | opcode);
  const unsigned short_length = wide == 0 ? static_cast<unsigned>(length) : wide == 2 ? 126U : 127U;
  made += static_cast<char>((how.masked ? 0x80U : 0U) | short_length);
  made += big_endian(length, wide);
  if (!how.masked) return made.append(payload);
  made += mask;
  for (std::size_t i = 0; i != payload.size(); ++i) made += static_cast<char>(payload[i] ^ mask[i % 4]);
  return made;
}

inline std::string close_frame(unsigned code, std::string_view reason = {}) {
  return frame(close, big_endian(code, 2) + std::string{reason});
}

/// A server's frame at the front of `bytes`.
struct server_frame {
  bool complete = false;
  bool fin = false;
  bool deflated = false;
  bool wrong = false;  ///< masked, other reserved bits, or a length that is not minimal
  unsigned opcode = 0;
  std::string payload;
};

/// Takes it off, if it is complete.
inline server_frame take_frame(std::string_view& bytes) {
  server_frame made;
  if (bytes.size() < 2) return made;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  made.fin = (byte(0) & 0x80U) != 0;
  made.deflated = (byte(0) & 0x40U) != 0;
  made.opcode = byte(0) & 0x0fU;
  made.wrong = (byte(0) & 0x30U) != 0 || (byte(1) & 0x80U) != 0;
  std::uint64_t length = byte(1) & 0x7fU;
  const std::size_t wide = length == 126 ? 2 : length == 127 ? 8 : 0;
  if (bytes.size() < 2 + wide) return made;
  if (wide != 0) length = 0;
  for (std::size_t i = 0; i != wide; ++i) length = length << 8U | byte(2 + i);
  if ((wide == 2 && length < 126) || (wide == 8 && length < 65536)) made.wrong = true;
  if (bytes.size() - 2 - wide < length) return made;
  made.payload = bytes.substr(2 + wide, length);
  bytes.remove_prefix(2 + wide + length);
  made.complete = true;
  return made;
}

/// `text:hello`, `binary:#70000` where it is long, `pong:x`, `close:1000 reason`; parts of a message are joined.
inline std::string describe(std::string_view bytes) {
  std::string all;
  std::string message;
  unsigned kind = 0;
  const auto add = [&](std::string_view name, const std::string& what) {
    if (!all.empty()) all += ' ';
    all.append(name).append(":");
    constexpr std::size_t longest = 140;
    all += what.size() > longest ? "#" + std::to_string(what.size()) : what;
  };
  for (;;) {
    const server_frame next = take_frame(bytes);
    if (!next.complete) break;
    if (next.wrong) return all + " wrong frame";
    if (next.opcode == ping) {
      add("ping", next.payload);
    } else if (next.opcode == pong) {
      add("pong", next.payload);
    } else if (next.opcode == close) {
      std::string what;
      if (next.payload.size() >= 2) {
        what = std::to_string(static_cast<unsigned char>(next.payload[0]) << 8U |
                              static_cast<unsigned char>(next.payload[1]));
        if (next.payload.size() > 2) what += " " + next.payload.substr(2);
      }
      add("close", what);
    } else {
      if (next.opcode != continuation) kind = next.opcode;
      message += next.payload;
      if (!next.fin) continue;
      add(kind == text ? "text" : "binary", message);
      message.clear();
    }
  }
  return bytes.empty() ? all : all + " and half a frame";
}

/// What opens a WebSocket, with further fields, each with its line end.
inline std::string opening(std::string_view path, std::string_view fields = {}) {
  return "GET " + std::string{path} +
         " HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
         std::string{fields} + "\r\n";
}

}  // namespace baton::test::ws
