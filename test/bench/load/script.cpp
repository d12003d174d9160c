#include "script.hpp"

namespace baton::bench {
namespace {

std::string request_for(const options& wanted, const std::string& target) {
  std::string text = wanted.method + ' ' + target + " HTTP/1.1\r\nHost: " + wanted.host + "\r\n";
  if (wanted.close || wanted.tls == tls_use::full || wanted.tls == tls_use::resumed) text += "Connection: close\r\n";
  for (const auto& field : wanted.fields) text += field + "\r\n";
  if (!wanted.body) return text + "\r\n";
  return text + "Content-Length: " + std::to_string(*wanted.body) + "\r\n\r\n" + std::string(*wanted.body, 'b');
}

}  // namespace

script::script(const options& wanted) : size_{wanted.targets.size()} {
  for (std::size_t i = 0; i < size_ + wanted.depth - 1; ++i) {
    begins_.push_back(bytes_.size());
    bytes_ += request_for(wanted, wanted.targets[i % size_]);
  }
  begins_.push_back(bytes_.size());
}

std::string_view script::from(std::size_t first, std::size_t count) const noexcept {
  return std::string_view{bytes_}.substr(begins_[first], begins_[first + count] - begins_[first]);
}

}  // namespace baton::bench
