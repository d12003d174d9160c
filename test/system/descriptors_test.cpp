// A server that runs out of descriptors neither spins nor dies, and recovers.
#include <boost/test/unit_test.hpp>
#include <memory>

#include "support/leak_check.hpp"
#include "support/proc.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

using namespace baton::test;

namespace {

launch with_descriptors(int most, std::vector<std::string> flags = {}) {
  auto how = demo(std::move(flags));
  const auto number = std::to_string(most);
  how.command.insert(how.command.begin(), {"prlimit", "--nofile=" + number + ":" + number, "--"});
  return how;
}

using crowd = std::vector<std::unique_ptr<raw_client>>;

crowd connect(const endpoint& where, int count) {
  crowd all;
  for (int i = 0; i < count; ++i) all.push_back(std::make_unique<raw_client>(where));
  return all;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(descriptors, leak_check)

// UBSan looks at memory through a pipe of its own: without descriptors it complains of everything.
#ifdef __SANITIZE_ADDRESS__
constexpr bool descriptors_may_run_out = false;
#else
constexpr bool descriptors_may_run_out = true;
#endif

BOOST_AUTO_TEST_CASE(out_of_descriptors_the_server_waits_without_spinning_and_recovers,
                     *boost::unit_test::enable_if<descriptors_may_run_out>()) {
  server_process server{with_descriptors(64, {"--limits.connections", "100000"})};
  {
    const auto clients = connect(server.address(), 150);
    BOOST_TEST(eventually(patience, [&] { return proc::descriptors(server.pid()).size() >= 56; }));
    const auto before = proc::cpu_time(server.pid());
    clients.front()->await_end(1500ms);  // the span of time over which the load is measured
    const auto spent = proc::cpu_time(server.pid()) - before;
    BOOST_TEST(spent.count() < (sanitised ? 900 : 400));
    BOOST_TEST(clients.front()->get("/plaintext").status == 200);
  }
  BOOST_TEST(eventually(patience, [&] { return get(server.address(), "/plaintext").status == 200; }));
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(by_default_the_descriptor_limit_bounds_the_connections) {
  server_process server{with_descriptors(160)};
  auto clients = connect(server.address(), 120);
  std::size_t served = 0;
  std::size_t refused = 0;
  for (auto& each : clients) {
    static_cast<void>(each->try_send(get_request("/plaintext")));
    const auto status = each->read().status;
    served += status == 200 ? 1U : 0U;
    refused += status == 503 ? 1U : 0U;
  }
  BOOST_TEST(served == 160 - 64);
  BOOST_TEST(served + refused == clients.size());
}

BOOST_AUTO_TEST_SUITE_END()
