// How long new requests take while a server upgrades, for test/bench/upgrade: a new connection every two
// milliseconds, at fixed times whatever became of the one before, so that a pause of the server shows in
// all the requests that it holds up. Reads commands, one a line:
//
//   upgrade PID    sends SIGUSR2 to PID; waits until another process has answered
//   report NAME    prints what came since the last report: number, p50, p99, longest; milliseconds
//
//   upgrade_latency PORT
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <mutex>
#include <sstream>
#include <thread>
#include <vector>

#include "support/raw_client.hpp"

using namespace baton::test;
using steady = std::chrono::steady_clock;

namespace {

constexpr auto interval = 2ms;
constexpr unsigned threads = 16;  // so many requests may be held up before a time is missed

double ms(steady::duration time) {
  return std::chrono::duration<double, std::milli>{time}.count();
}

// Asks for /pid at its times, from several threads.
class metronome {
 public:
  explicit metronome(endpoint where) : where_{std::move(where)} {
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this, i] { run(i); });
  }
  ~metronome() {
    stop_ = true;
    for (auto& each : threads_) each.join();
  }
  metronome(const metronome&) = delete;
  metronome& operator=(const metronome&) = delete;

  std::vector<double> take() {
    const std::lock_guard lock{mutex_};
    return std::exchange(times_, {});
  }
  [[nodiscard]] std::size_t lost() const noexcept { return lost_; }

  // When somebody other than `pid` answered first, from now on.
  steady::time_point await_other(int pid) {
    awaited_ = pid;
    other_ = 0;
    while (other_ == 0) std::this_thread::sleep_for(1ms);
    return steady::time_point{steady::duration{other_}};
  }

 private:
  void run(unsigned index) {
    for (auto next = begun_ + index * interval; !stop_; next += threads * interval) {
      std::this_thread::sleep_until(next);
      try {
        const auto answer = get(where_, "/pid", "Connection: close\r\n");
        note(answer.body, ms(steady::now() - next));
      } catch (const std::exception&) {
        ++lost_;
      }
    }
  }

  void note(const std::string& pid, double time) {
    const std::lock_guard lock{mutex_};
    times_.push_back(time);
    if (other_ == 0 && std::atoi(pid.c_str()) != awaited_) other_ = steady::now().time_since_epoch().count();
  }

  const endpoint where_;
  const steady::time_point begun_ = steady::now();
  std::atomic<bool> stop_ = false;
  std::atomic<std::size_t> lost_ = 0;
  std::atomic<int> awaited_ = 0;
  std::atomic<steady::rep> other_ = 0;
  std::mutex mutex_;
  std::vector<double> times_;  // under mutex_
  std::vector<std::thread> threads_;
};

void report(const std::string& name, std::vector<double> times) {
  std::sort(times.begin(), times.end());
  if (times.empty()) return;
  const auto at = [&](double part) {
    return times[static_cast<std::size_t>(part * static_cast<double>(times.size() - 1))];
  };
  std::cout << std::fixed << std::setprecision(2) << name << ": " << times.size() << " requests, p50 " << at(0.5)
            << " ms, p99 " << at(0.99) << " ms, longest " << times.back() << " ms" << std::endl;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) throw std::invalid_argument{"usage: upgrade_latency PORT"};
  metronome beat{{"127.0.0.1", static_cast<std::uint16_t>(std::atoi(argv[1])), {}}};
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words{line};
    std::string what;
    std::string of;
    words >> what;
    std::getline(words >> std::ws, of);
    if (what == "report") {
      report(of, beat.take());
    } else if (what == "upgrade") {
      const int pid = std::atoi(of.c_str());
      const auto signalled = steady::now();
      if (::kill(pid, SIGUSR2) != 0) throw std::runtime_error{"no process " + of};
      std::cout << std::fixed << std::setprecision(2) << "first answer of the new process "
                << ms(beat.await_other(pid) - signalled) << " ms after the signal" << std::endl;
    }
  }
  std::cout << "lost: " << beat.lost() << '\n';
  return 0;
} catch (const std::exception& error) {
  std::cerr << "upgrade_latency: " << error.what() << '\n';
  return 1;
}
