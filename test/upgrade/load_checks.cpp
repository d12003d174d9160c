#include "load_checks.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <sstream>

#include "support/eventually.hpp"

namespace baton::test {
namespace {

std::string first_words(const load_account& account) {
  const auto words = account.words();
  return words.empty() ? "nothing was said" : words.front();
}

}  // namespace

void await_progress(const load_accounts& clients) {
  for (const auto* each : clients) {
    const auto before = each->count(fate::ok);
    const bool more = eventually(patience, [&] { return each->count(fate::ok) > before; });
    BOOST_REQUIRE_MESSAGE(more, each->name() << " make no progress: " << first_words(*each));
  }
}

void check_nothing_lost(const load_accounts& clients, keep_alive_race race) {
  for (const auto* each : clients) {
    BOOST_TEST(each->count(fate::failed) == 0U, each->name() << ": " << first_words(*each));
    if (race == keep_alive_race::allowed && each->keeps()) continue;
    BOOST_TEST(each->count(fate::lost_idle) == 0U, each->name() << ": " << first_words(*each));
  }
}

void check_nothing_closed(const load_accounts& clients) {
  for (const auto* each : clients) {
    BOOST_TEST(each->count(parting::closed_idle) == 0U,
               each->name() << ": " << each->count(parting::closed_idle) << " idle connections closed");
    BOOST_TEST(each->count(parting::announced) == 0U,
               each->name() << ": " << each->count(parting::announced) << " answers with Connection: close");
  }
}

void check_runs(const std::string& log, const std::vector<std::string>& answered) {
  std::map<std::string, int> runs;
  std::istringstream lines{log};
  for (std::string id; std::getline(lines, id);) ++runs[id];
  for (const auto& [id, count] : runs) {
    if (count != 1) BOOST_ERROR(id << " ran " << count << " times");
  }
  for (const auto& id : answered) {
    if (!runs.contains(id)) BOOST_ERROR(id << " was answered and never ran");
  }
  BOOST_TEST(!answered.empty());
}

}  // namespace baton::test
