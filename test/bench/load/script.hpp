// The bytes of the requests, rendered once. They lie one behind the other and begin again from the front
// past the last, so that any run of them, up to the depth, is one piece of memory and one send.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "options.hpp"

namespace baton::bench {

class script {
 public:
  /// Requests for `wanted.targets`, of which up to `wanted.depth` are sent at once.
  explicit script(const options& wanted);

  /// Number of different requests.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// `count` (up to the depth) requests from number `first` (below size()) on. Lives as long as this.
  [[nodiscard]] std::string_view from(std::size_t first, std::size_t count) const noexcept;

 private:
  const std::size_t size_;
  std::string bytes_;
  std::vector<std::size_t> begins_;  // of each request, and the end
};

}  // namespace baton::bench
