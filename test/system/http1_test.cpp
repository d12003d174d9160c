// Every case of http1_cases.txt against one server, each a test of its own name. The cases are played
// side by side before the first verdict is asked for, since most of them wait for silence; afterwards
// the same process must still answer and hold no descriptor more than before.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <mutex>
#include <thread>

#include "http1_run.hpp"
#include "support/proc.hpp"
#include "support/server_process.hpp"

using namespace baton::test;
namespace ut = boost::unit_test;

namespace {

constexpr unsigned clients = 16;

const std::vector<http1::test_case>& cases() {
  static const auto all = http1::read_cases(HTTP1_CASES);
  return all;
}

struct result {
  std::vector<std::string> verdicts;  // as `judge` gives them, by case
  bool answers = false;
  bool same_process = false;
  std::vector<std::string> descriptors_before, descriptors_after;
  int exit_status = -1;
};

std::string verdict(const endpoint& where, const http1::test_case& one) {
  try {
    return http1::judge(one, http1::play(where, one));
  } catch (const std::exception& error) {
    return error.what();
  }
}

std::vector<std::string> play_all(const endpoint& where) {
  std::vector<std::string> verdicts(cases().size());
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < clients; ++i) {
    threads.emplace_back([&] {
      for (std::size_t at = 0; (at = next++) < cases().size();) verdicts[at] = verdict(where, cases()[at]);
    });
  }
  for (auto& each : threads) each.join();
  return verdicts;
}

result run() {
  result out;
  server_process server;
  const auto where = server.address();
  static_cast<void>(get(where, "/", "Connection: close\r\n"));
  const auto start_time = proc::look(server.pid()).value().start_time;
  // The warming connection may still be closing.
  static_cast<void>(eventually(2s, [&] {
    out.descriptors_before = proc::descriptors(server.pid());
    return std::count(out.descriptors_before.begin(), out.descriptors_before.end(), "socket tcp") == 0;
  }));
  out.verdicts = play_all(where);
  static_cast<void>(eventually(patience, [&] {
    out.descriptors_after = proc::descriptors(server.pid());
    return out.descriptors_after == out.descriptors_before;
  }));
  const auto now = proc::look(server.pid());
  out.same_process = now && now->start_time == start_time;
  out.answers = get(where, "/").status == 200;
  out.exit_status = server.stop();
  return out;
}

const result& played() {
  static std::once_flag once;
  static result all;
  std::call_once(once, [] { all = run(); });
  return all;
}

void check_case(std::size_t index) {
  const auto& one = cases()[index];
  const auto& why = played().verdicts[index];
  BOOST_CHECK_MESSAGE(why.empty(),
                      one.id << " (" << one.level << ", " << one.source << "): " << one.title << ": " << why);
}

void the_same_process_still_answers() {
  BOOST_TEST(played().answers);
  BOOST_TEST(played().same_process);
  BOOST_TEST(played().exit_status == 0);
}

void no_descriptor_is_left() {
  BOOST_TEST(played().descriptors_before == played().descriptors_after, boost::test_tools::per_element());
}

bool add_tests() {
  auto& all = ut::framework::master_test_suite();
  for (std::size_t i = 0; i < cases().size(); ++i) {
    all.add(ut::make_test_case([i] { check_case(i); }, cases()[i].id, __FILE__, __LINE__));
  }
  all.add(BOOST_TEST_CASE(&the_same_process_still_answers));
  all.add(BOOST_TEST_CASE(&no_descriptor_is_left));
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  return ut::unit_test_main(&add_tests, argc, argv);
}
