#include "server/connection_survey.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/asio/steady_timer.hpp>

namespace baton {
namespace {

constexpr std::chrono::seconds patience{1};

// The timer's, which ends with the home context; answers that are on their way know it weakly, for their
// workers may outlive both. On the home thread only.
struct survey {
  survey(boost::asio::io_context& home, std::size_t most) : timer{home}, limit{most} {}

  void take(std::vector<session::connection_summary> some) {
    std::move(some.begin(), some.end(), std::back_inserter(found.connections));
    if (--missing == 0) finish();
  }

  void finish() {
    const auto tell = std::exchange(done, nullptr);
    if (!tell) return;
    timer.cancel();
    found.partial = missing != 0;
    const auto earlier = [](const auto& a, const auto& b) { return a.info.id < b.info.id; };
    std::sort(found.connections.begin(), found.connections.end(), earlier);
    if (found.connections.size() > limit) found.connections.resize(limit);
    tell(found);
  }

  boost::asio::steady_timer timer;
  const std::size_t limit;
  std::size_t missing = 0;  // workers that have not answered
  connection_list found;
  std::function<void(const connection_list&)> done;
};

}  // namespace

void survey_connections(server_core& core, boost::asio::io_context& home, std::shared_ptr<way_back> back,
                        std::size_t limit, std::function<void(const connection_list&)> done) {
  const auto asked = std::make_shared<survey>(home, limit);
  asked->done = std::move(done);
  asked->found.total = core.counts().open();
  const auto answered = [asked = std::weak_ptr{asked}, back](std::vector<session::connection_summary> some) {
    back->post([asked, some = std::move(some)]() mutable {
      if (const auto here = asked.lock()) here->take(std::move(some));
    });
  };
  asked->missing = core.describe_connections(limit, answered);
  asked->timer.expires_after(patience);
  asked->timer.async_wait([asked](boost::system::error_code error) {
    if (!error) asked->finish();
  });
}

}  // namespace baton
