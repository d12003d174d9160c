// The fixture of every system test: descriptors, threads and children of the test process are after
// the test what they were before it.
#pragma once

#include <string>
#include <vector>

namespace baton::test {

class leak_check {
 public:
  leak_check();
  /// Called by Boost.Test after the test's own objects have died.
  void teardown();

 private:
  std::vector<std::string> descriptors_;
  std::size_t threads_;
  std::size_t children_;
};

}  // namespace baton::test
