#include "volley.hpp"

#include <stdexcept>

namespace baton::test {
namespace {

bool is_post(std::size_t shot) {
  return shot % 2 == 1;
}

std::string id_of(std::size_t shot) {
  return "shot-" + std::to_string(shot);
}

std::string request_of(std::size_t shot) {
  if (!is_post(shot)) return get_request("/generation");
  return post_request("/echo", id_of(shot), "X-Req-Id: " + id_of(shot) + "\r\n");
}

}  // namespace

volley::volley(const endpoint& where, std::size_t size, std::size_t first) : shots_{first} {
  for (std::size_t i = 0; i < size; ++i) {
    connections_.push_back(std::make_unique<raw_client>(where));
    connections_.back()->send(get_request("/plaintext"));
  }
  for (const auto& one : connections_) {
    if (one->read().status != 200) throw std::runtime_error{"a connection has no answer"};
  }
}

void volley::fire(clock::time_point start, std::chrono::microseconds step, const std::function<bool()>& enough) {
  first_ = shots_;
  for (fired_ = 0; fired_ < connections_.size() && !enough(); ++fired_, ++shots_) {
    // Prepared before its moment has come.
    const auto request = request_of(shots_);
    const auto moment = start + static_cast<long>(fired_) * step;
    while (clock::now() < moment) {
    }
    static_cast<void>(connections_[fired_]->try_send(request));  // what came of it shows in the answer
  }
}

volley::result volley::collect() {
  result all;
  all.fired = fired_;
  for (std::size_t i = 0; i < fired_; ++i) {
    const auto shot = first_ + i;
    try {
      const auto answer = connections_[i]->read();
      const bool post = is_post(shot);
      if (answer.status != 200 || (post && answer.body != id_of(shot))) throw std::runtime_error{"a wrong answer"};
      if (answer.closes()) ++all.announced;
      if (post) all.posted.push_back(id_of(shot));
      if (!post) ++all.answered_by[answer.body];
    } catch (const std::exception& failure) {
      all.lost.push_back((is_post(shot) ? "POST " : "GET ") + std::to_string(i) + ": " + failure.what());
    }
  }
  return all;
}

std::size_t volley::closed() {
  std::size_t count = 0;
  for (auto& one : connections_) count += one->poll_end() == ending::open ? 0 : 1;
  return count;
}

}  // namespace baton::test
