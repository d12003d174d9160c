#include "answers.hpp"

#include <charconv>

namespace baton::bench {
namespace {

std::string head_of(const char* type, const std::string& date) {
  return std::string{"HTTP/1.1 200 OK\r\nServer: bare\r\nDate: "} + date + "\r\nContent-Type: " + type +
         "\r\nContent-Length: ";
}

std::string whole(const char* type, const std::string& date, const std::string& body) {
  return head_of(type, date) + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::size_t length_of(std::string_view head) {
  constexpr std::string_view name = "\r\nContent-Length: ";
  std::size_t length = 0;
  const auto at = head.find(name);
  if (at != std::string_view::npos) std::from_chars(head.data() + at + name.size(), head.end(), length);
  return length;
}

}  // namespace

void answers::set_date(std::time_t now) {
  if (now == second_) return;
  second_ = now;
  char date[32];
  std::tm parts{};
  std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", ::gmtime_r(&now, &parts));
  plaintext_ = whole("text/plain", date, "Hello, World!");
  json_ = whole("application/json", date, R"({"message":"Hello, World!"})");
  file_ = whole("application/octet-stream", date, std::string(1024, 'f'));
  echo_ = head_of("application/octet-stream", date);
}

bool answers::append(std::string_view head, std::string& to, std::size_t& body) const {
  if (head.starts_with("GET /plaintext ")) {
    to += plaintext_;
  } else if (head.starts_with("GET /json ")) {
    to += json_;
  } else if (head.starts_with("GET /static/")) {
    to += file_;
  } else if (head.starts_with("POST /echo ")) {
    body = length_of(head);
    to.append(echo_).append(std::to_string(body)).append("\r\n\r\n");
  } else {
    return false;
  }
  return true;
}

}  // namespace baton::bench
