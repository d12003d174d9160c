// What RFC 6455 says of frames, case by case: what the client sends, and what an echoing server with a limit of 1024
// bytes a message answers. The numbers are the RFC's sections.
#pragma once

#include <string>
#include <vector>

#include "support/websocket_frames.hpp"

namespace baton::session {

struct websocket_case {
  std::string name;
  std::string sent;
  std::string answered;  ///< as test::ws::describe tells it
};

inline std::vector<websocket_case> websocket_cases() {
  using namespace test::ws;
  const std::string bye = close_frame(1000);
  std::vector<websocket_case> all{
      // 5.2, 5.6: frames and messages
      {"text", frame(text, "hello") + bye, "text:hello close:1000"},
      {"binary", frame(binary, std::string("\0\xff", 2)) + bye, "binary:" + std::string("\0\xff", 2) + " close:1000"},
      {"an empty message", frame(text, "") + bye, "text: close:1000"},
      {"several messages", frame(text, "a") + frame(binary, "b") + frame(text, "c") + bye,
       "text:a binary:b text:c close:1000"},
      {"125 bytes", frame(text, std::string(125, 'x')) + bye, "text:" + std::string(125, 'x') + " close:1000"},
      {"126 bytes", frame(text, std::string(126, 'x')) + bye, "text:" + std::string(126, 'x') + " close:1000"},
      {"1024 bytes", frame(text, std::string(1024, 'x')) + bye, "text:#1024 close:1000"},
      // 5.2: the length is minimal, and its top bit is zero
      {"2 bytes of length where none is needed", frame(text, "hello", {.wide = 2}), "close:1002"},
      {"8 bytes of length where none is needed", frame(text, "hello", {.wide = 8}), "close:1002"},
      {"8 bytes of length where 2 do", frame(text, std::string(300, 'x'), {.wide = 8}), "close:1002"},
      {"the top bit of a length", frame(text, "x", {.wide = 8, .announced = std::uint64_t{1} << 63U}), "close:1002"},
      {"all bits of a length", frame(binary, "x", {.wide = 8, .announced = ~std::uint64_t{0}}), "close:1002"},
      {"the largest length", frame(text, "x", {.announced = (std::uint64_t{1} << 63U) - 1}), "close:1009"},
      // 5.1: a client masks
      {"not masked", frame(text, "hello", {.masked = false}), "close:1002"},
      {"a ping that is not masked", frame(ping, "hello", {.masked = false}), "close:1002"},
      // 5.4: fragments
      {"two fragments", frame(text, "hel", {.fin = false}) + frame(continuation, "lo") + bye, "text:hello close:1000"},
      {"empty fragments",
       frame(text, "", {.fin = false}) + frame(continuation, "", {.fin = false}) + frame(continuation, "x") + bye,
       "text:x close:1000"},
      {"only empty fragments", frame(binary, "", {.fin = false}) + frame(continuation, "") + bye, "binary: close:1000"},
      {"a ping between fragments",
       frame(text, "hel", {.fin = false}) + frame(ping, "p") + frame(continuation, "lo") + bye,
       "pong:p text:hello close:1000"},
      {"a close between fragments", frame(text, "hel", {.fin = false}) + bye, "close:1000"},
      {"a continuation of nothing", frame(continuation, "x"), "close:1002"},
      {"a continuation of a whole message", frame(text, "x") + frame(continuation, "y"), "text:x close:1002"},
      {"a message within a message", frame(text, "x", {.fin = false}) + frame(text, "y"), "close:1002"},
      // 5.5: control frames
      {"a ping", frame(ping, "") + bye, "pong: close:1000"},
      {"the longest ping", frame(ping, std::string(125, 'p')) + bye, "pong:" + std::string(125, 'p') + " close:1000"},
      {"a ping too long", frame(ping, std::string(126, 'p')), "close:1002"},
      {"a ping in fragments", frame(ping, "p", {.fin = false}), "close:1002"},
      {"several pings", frame(ping, "1") + frame(ping, "2") + bye, "pong:1 pong:2 close:1000"},
      {"a pong nobody asked for", frame(pong, "x") + frame(text, "y") + bye, "text:y close:1000"},
      {"a pong too long", frame(pong, std::string(126, 'p')), "close:1002"},
      {"a close in fragments", frame(close, "", {.fin = false}), "close:1002"},
      {"a close too long", frame(close, big_endian(1000, 2) + std::string(124, 'x')), "close:1002"},
      // 5.5.1: close
      {"a close without code", frame(close, ""), "close:1000"},
      {"a close with half a code", frame(close, "\x03"), "close:1002"},
      {"a close with a reason", close_frame(1000, "done"), "close:1000"},
      {"a reason that is no UTF-8", close_frame(1000, "\xff"), "close:1002"},
      {"frames behind a close", bye + frame(text, "late"), "close:1000"},
      // 8.1: UTF-8
      {"UTF-8", frame(text, "\xce\xba\xe1\xbd\xb9\xf0\x9f\x98\x80") + bye,
       "text:\xce\xba\xe1\xbd\xb9\xf0\x9f\x98\x80 close:1000"},
      {"the last character", frame(text, "\xf4\x8f\xbf\xbf") + bye, "text:\xf4\x8f\xbf\xbf close:1000"},
      {"a character over two fragments",
       frame(text, "\xf0\x9f", {.fin = false}) + frame(continuation, "\x98\x80") + bye,
       "text:\xf0\x9f\x98\x80 close:1000"},
      {"a character over four fragments",
       frame(text, "\xf0", {.fin = false}) + frame(continuation, "\x9f", {.fin = false}) +
           frame(continuation, "\x98", {.fin = false}) + frame(continuation, "\x80") + bye,
       "text:\xf0\x9f\x98\x80 close:1000"},
      {"a lone continuation byte", frame(text, "a\x80"), "close:1007"},
      {"half a character", frame(text, "a\xf0\x9f\x98"), "close:1007"},
      {"half a character in fragments", frame(text, "\xf0\x9f", {.fin = false}) + frame(continuation, "\x98"),
       "close:1007"},
      {"a character that another one breaks",
       frame(text,
             "\xf0\x9f"
             "a"),
       "close:1007"},
      {"an overlong form", frame(text, "\xc0\xaf"), "close:1007"},
      {"a longer overlong form", frame(text, "\xe0\x80\xaf"), "close:1007"},
      {"a surrogate", frame(text, "\xed\xa0\x80"), "close:1007"},
      {"beyond Unicode", frame(text, "\xf4\x90\x80\x80"), "close:1007"},
      {"a byte that is never there", frame(text, "\xfe"), "close:1007"},
      {"a fragment that can never be right", frame(text, "\xff", {.fin = false}) + frame(continuation, "a"),
       "close:1007"},
      {"binary is anything", frame(binary, "\xff") + bye, "binary:\xff close:1000"},
      // 10.4: limits
      {"one byte too many", frame(text, std::string(1025, 'x')), "close:1009"},
      {"one byte too many in fragments",
       frame(binary, std::string(1000, 'x'), {.fin = false}) + frame(continuation, std::string(25, 'x')), "close:1009"},
      {"announced and never sent", frame(text, "", {.announced = 1'000'000}), "close:1009"},
  };
  // 5.2: reserved bits mean nothing without an extension; reserved opcodes nothing at all
  for (const unsigned bits : {1U, 2U, 4U, 7U}) {
    all.push_back({"reserved bits " + std::to_string(bits), frame(text, "x", {.reserved = bits}), "close:1002"});
    all.push_back(
        {"a ping with reserved bits " + std::to_string(bits), frame(ping, "x", {.reserved = bits}), "close:1002"});
  }
  for (const unsigned opcode : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {
    all.push_back({"opcode " + std::to_string(opcode), frame(opcode, ""), "close:1002"});
  }
  // 7.4: codes that may be sent, and that may not
  for (const unsigned code :
       {1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1010U, 1011U, 1012U, 1013U, 3000U, 3999U, 4000U, 4999U}) {
    all.push_back({"code " + std::to_string(code), close_frame(code), "close:" + std::to_string(code)});
  }
  for (const unsigned code : {0U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 1100U, 2000U, 2999U}) {
    all.push_back({"code " + std::to_string(code), close_frame(code), "close:1002"});
  }
  return all;
}

}  // namespace baton::session
