#include "aftermath.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "support/proc.hpp"
#include "support/raw_client.hpp"

namespace baton::test {

std::vector<pid_t> living(server_process& server) {
  std::vector<pid_t> found;
  std::vector<pid_t> parents{::getpid()};
  while (!parents.empty()) {
    const auto parent = parents.back();
    parents.pop_back();
    for (const auto& each : proc::children(parent)) {
      if (server.ended(each.pid)) continue;
      found.push_back(each.pid);
      parents.push_back(each.pid);
    }
  }
  return found;
}

pid_t await_last_one(server_process& server, const endpoint& where) {
  std::vector<pid_t> left;
  const bool alone = eventually(2 * patience, [&] {
    left = living(server);
    return left.size() == 1 && get(where, "/pid").body == std::to_string(left.front());
  });
  BOOST_REQUIRE_MESSAGE(alone, left.size() << " processes are left\n" << server.log());
  return left.front();
}

std::vector<std::string> settled_descriptors(pid_t pid) {
  std::vector<std::string> found;
  BOOST_TEST(eventually(patience, [&] {
    found = proc::descriptors(pid);
    return std::find(found.begin(), found.end(), "socket tcp") == found.end();
  }));
  return found;
}

}  // namespace baton::test
