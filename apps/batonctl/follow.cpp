#include "follow.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "client.hpp"
#include "tables.hpp"

namespace batonctl {

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

// On a terminal the last text is written over; elsewhere every change is a line.
class view {
 public:
  explicit view(bool raw) : raw_{raw}, in_place_{!raw && ::isatty(STDOUT_FILENO) == 1} {}

  void line(const std::string& text) {
    erase();
    write(text + '\n');
  }

  void news(const json::object& status) {
    if (raw_) return write(json::serialize(status) + '\n');
    if (in_place_) return;
    auto text = status_line(status);
    if (text != last_) write(text + '\n');
    last_ = std::move(text);
  }

  void draw(const std::string& text) {
    if (!in_place_) return;
    erase();
    const std::string cut = fit(text);
    drawn_ = static_cast<int>(std::count(cut.begin(), cut.end(), '\n'));
    write(cut);
  }

  [[nodiscard]] bool raw() const noexcept { return raw_; }

 private:
  void erase() {
    if (drawn_ != 0) write("\x1b[" + std::to_string(drawn_) + "A\x1b[J");
    drawn_ = 0;
  }

  static void write(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
  }

  // A line that wraps would be counted wrongly.
  static std::string fit(const std::string& text) {
    winsize window{};
    const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0;
    const std::size_t width = known ? window.ws_col : 80;
    std::string out;
    std::size_t column = 0;
    for (const char c : text) {
      column = c == '\n' ? 0 : column + 1;
      if (column <= width) out += c;
    }
    return out;
  }

  const bool raw_;
  const bool in_place_;
  int drawn_ = 0;  // lines
  std::string last_;
};

struct watched {
  client server;
  json::object status;  // as last told; empty before
};

// Follows every generation from the one that it connects to first: what has handed over names the next.
class follower {
 public:
  explicit follower(const arguments& given)
      : given_{given}, deadline_{clock::now() + given.timeout}, view_{given.json} {}

  exit_status run() {
    connect();
    while (!all_.empty() || !sought_.empty()) {
      wait();
      read_all();
      seek();
      draw();
    }
    return ended_well_ ? done : not_reached;
  }

 private:
  void connect() {
    client fresh{given_.control, deadline_};
    fresh.send({{"command", "status"}, {"follow", true}});
    all_.push_back({std::move(fresh), {}});
  }

  void wait() {
    if (clock::now() >= deadline_) throw timed_out{"the time for following is over"};
    std::vector<pollfd> waiting;
    for (const auto& each : all_) waiting.push_back({each.server.native(), POLLIN, 0});
    static_cast<void>(::poll(waiting.data(), waiting.size(), sought_.empty() ? 250 : 20));
  }

  void read_all() {
    for (std::size_t i = 0; i < all_.size();) {
      i = read(i) ? i + 1 : i;
    }
  }

  // False: that one has gone from the list.
  bool read(std::size_t at) {
    try {
      while (auto status = all_[at].server.poll()) {
        if (!is_true(*status, "ok")) throw unreachable{text_of(*status, "error")};
        if (followed(at, number_of(*status, "pid"))) return drop(at);
        all_[at].status = std::move(*status);
        take_note(all_[at].status);
        view_.news(all_[at].status);
      }
      return true;
    } catch (const unreachable&) {
      if (!all_[at].status.empty()) {
        report_end(all_[at].status);
      } else if (all_.size() == 1 && sought_.empty()) {
        throw;  // the only one, and it never told anything
      }
      return drop(at);
    }
  }

  // The one before may have taken the connection while it was letting go of the socket.
  [[nodiscard]] bool followed(std::size_t except, std::int64_t pid) const {
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if (i != except && number_of(all_[i].status, "pid") == pid) return true;
    }
    return false;
  }

  bool drop(std::size_t at) {
    all_.erase(all_.begin() + static_cast<std::ptrdiff_t>(at));
    return false;
  }

  void report_end(const json::object& last) {
    const auto phase = text_of(last, "phase");
    ended_well_ = phase == "draining" || phase == "guarding" || phase == "stopped";
    if (view_.raw()) return;
    view_.line("generation " + std::to_string(number_of(last, "generation")) + " (pid " +
               std::to_string(number_of(last, "pid")) + ") has ended" + (ended_well_ ? "" : " unexpectedly"));
  }

  // One that has handed over names the process that serves now, and may end right after that.
  void take_note(const json::object& status) {
    const auto pid = number_of(status, "pid");
    met_.insert(pid);
    sought_.erase(pid);
    const auto child = number_of(object_of(status, "upgrade"), "child");
    if (handed_over(status) && child != 0 && !met_.contains(child)) sought_.try_emplace(child, clock::now());
  }

  // The successor may not have the socket yet; or it has another one, or none.
  void seek() {
    std::erase_if(sought_, [](const auto& each) { return clock::now() - each.second > 5s; });
    const bool asking = std::any_of(all_.begin(), all_.end(), [](const watched& each) { return each.status.empty(); });
    if (sought_.empty() || asking) return;
    try {
      connect();
    } catch (const unreachable&) {  // it is tried again
    }
  }

  static bool handed_over(const json::object& status) {
    const auto phase = text_of(status, "phase");
    const auto state = text_of(object_of(status, "upgrade"), "state");
    return (phase == "draining" || phase == "guarding" || phase == "stopped") && state != "closing";
  }

  void draw() {
    std::string text;
    for (const auto& each : all_) {
      if (!each.status.empty()) text += (text.empty() ? "" : "\n") + status_text(each.status);
    }
    view_.draw(text);
  }

  const arguments& given_;
  const clock::time_point deadline_;
  view view_;
  std::vector<watched> all_;
  std::set<std::int64_t> met_;                        // pids of all that told something
  std::map<std::int64_t, clock::time_point> sought_;  // pids of successors not met yet, and since when
  bool ended_well_ = false;
};

}  // namespace

exit_status follow(const arguments& given) {
  return follower{given}.run();
}

}  // namespace batonctl
