// The request heads that are measured with: the short one of a load generator, what a browser sends, and
// one with many fields.
#pragma once

#include <string>

namespace baton::bench {

/// As wrk sends it, 44 bytes.
[[nodiscard]] inline std::string short_head(const std::string& target = "/plaintext") {
  return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
}

/// Some 660 bytes, 13 fields.
[[nodiscard]] inline std::string browser_head() {
  return "GET /articles/2024/the-quiet-upgrade?page=2&sort=date HTTP/1.1\r\n"
         "Host: www.example.org\r\n"
         "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 "
         "Safari/537.36\r\n"
         "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
         "Accept-Encoding: gzip, deflate, br\r\n"
         "Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
         "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; consent=all\r\n"
         "Cache-Control: max-age=0\r\n"
         "Referer: https://www.example.org/articles/2024/\r\n"
         "Sec-Fetch-Dest: document\r\n"
         "Sec-Fetch-Mode: navigate\r\n"
         "Sec-Fetch-Site: same-origin\r\n"
         "Upgrade-Insecure-Requests: 1\r\n"
         "Connection: keep-alive\r\n\r\n";
}

/// `count` fields besides Host.
[[nodiscard]] inline std::string many_fields_head(int count) {
  std::string head = "GET /plaintext HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  for (int i = 0; i < count; ++i) {
    head += "X-Field-" + std::to_string(i) + ": the value of field number " + std::to_string(i) + "\r\n";
  }
  return head + "\r\n";
}

}  // namespace baton::bench
