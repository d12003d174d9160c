// Requests aimed at one instant: many idle connections, of which one after the other is fired at short,
// even steps, GET and POST in turn. Where an idle connection is closed, or moved, while a request for it
// arrives, one of them meets that moment.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/raw_client.hpp"

namespace baton::test {

class volley {
 public:
  using clock = std::chrono::steady_clock;

  /// Opens the connections; each has had an answer. `first`: the number of the first shot, of which the
  /// ids of POSTs are made; `shots()` of the volley before, so that none is used again.
  volley(const endpoint& where, std::size_t size, std::size_t first = 0);

  /// From `start` fires one request each `step` until all are fired or `enough` says so. Spins, so that
  /// the steps are even.
  void fire(clock::time_point start, std::chrono::microseconds step, const std::function<bool()>& enough);

  struct result {
    std::size_t fired = 0;
    std::map<std::string, std::size_t> answered_by;  ///< GETs, by the generation that answered
    std::vector<std::string> lost;                   ///< the words of those that were not answered rightly
    std::vector<std::string> posted;                 ///< ids of the POSTs that were answered
    std::size_t announced = 0;                       ///< answers with `Connection: close`
  };
  /// Reads the answers of those that were fired.
  result collect();

  /// The number of the next shot.
  [[nodiscard]] std::size_t shots() const noexcept { return shots_; }

  /// Of the connections, those that the server has closed by now.
  [[nodiscard]] std::size_t closed();

 private:
  std::vector<std::unique_ptr<raw_client>> connections_;
  std::size_t fired_ = 0;
  std::size_t shots_;
  std::size_t first_ = 0;  // shot of the volley that is under way
};

}  // namespace baton::test
