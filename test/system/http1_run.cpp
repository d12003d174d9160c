#include "http1_run.hpp"

#include <algorithm>
#include <cctype>

namespace baton::test::http1 {
namespace {

using clock = std::chrono::steady_clock;

// What silence means "nothing more comes", and how long a close may take.
constexpr std::chrono::milliseconds silence = sanitised ? 2s : 1s;
constexpr std::chrono::milliseconds close_wait = sanitised ? 5s : 3s;

class player {
 public:
  explicit player(const endpoint& where) : client_{where} {}

  void operator()(const step::bytes& what) { send(what.text); }
  void operator()(const step::bytewise& what) {
    for (const char& c : what.text) {
      send({&c, 1});
      client_.await_end(what.gap);
    }
  }
  void operator()(const step::pause& what) { client_.await_end(what.length); }
  void operator()(const step::half_close&) { client_.half_close(); }

  // Reads until nothing more comes; the limit begins anew with every byte.
  void settle(std::chrono::milliseconds first_wait) {
    auto limit = clock::now() + first_wait;
    while (client_.end() == ending::open && clock::now() < limit) {
      const auto before = client_.bytes_received();
      client_.await_end(50ms);
      if (client_.bytes_received() != before) limit = std::max(limit, clock::now() + silence);
    }
  }
  raw_client& client() { return client_; }

 private:
  // A server that has closed may refuse further bytes; what it answered before is what counts.
  void send(std::string_view bytes) { static_cast<void>(client_.try_send(bytes, 5s)); }
  raw_client client_;
};

bool wants_close(const test_case& what) {
  return std::any_of(what.expectations.begin(), what.expectations.end(), [](const expectation& e) {
    return e.closed == true || std::find(e.first.begin(), e.first.end(), "close") != e.first.end();
  });
}

observation observe(raw_client& client, const test_case& what) {
  observation seen;
  seen.end = client.end();
  auto& parser = client.parser();
  const auto to_head = [&] {
    return std::find(what.to_head.begin(), what.to_head.end(), seen.answers.size()) != what.to_head.end();
  };
  while (auto answer = parser.next(to_head())) {
    if (answer->interim()) {
      seen.continues += answer->status == 100 ? 1 : 0;
    } else {
      seen.answers.push_back(std::move(*answer));
    }
  }
  if (auto answer = parser.partial()) seen.answers.push_back(std::move(*answer));
  seen.faults = parser.faults();
  if (!seen.answers.empty()) {
    seen.first = std::to_string(seen.answers.front().status);
  } else if (!parser.rest().empty()) {
    seen.first = "raw";
  } else {
    seen.first = seen.end == ending::open ? "hang" : "close";
  }
  return seen;
}

bool matches(std::string_view wanted, std::string_view first) {
  if (wanted == first) return true;
  const bool status = first.size() == 3 && std::isdigit(static_cast<unsigned char>(first[0])) != 0;
  return status && wanted.ends_with("xx") && wanted[0] == first[0];
}

std::string all_bodies(const observation& seen) {
  std::string text;
  for (const auto& one : seen.answers) text += one.body;
  return text;
}

bool any_field(const observation& seen, std::string_view name, std::string_view prefix = {}) {
  return std::any_of(seen.answers.begin(), seen.answers.end(), [&](const reply& one) {
    const auto values = one.all(name);
    return std::any_of(values.begin(), values.end(), [&](auto value) { return value.starts_with(prefix); });
  });
}

std::string unmet(const demand& one, const observation& seen) {
  using kind = demand::kind;
  switch (one.what) {
    case kind::body_has:
      if (!seen.answers.empty() && seen.answers[0].body.find(one.text) != std::string::npos) return {};
      return "the body lacks `" + one.text + "`";
    case kind::body_lacks:
      return all_bodies(seen).find(one.text) == std::string::npos ? "" : "a body has `" + one.text + "`";
    case kind::body_at_most:
      return all_bodies(seen).size() <= one.size ? "" : "bodies of " + std::to_string(all_bodies(seen).size());
    case kind::field:
      return any_field(seen, one.text) ? "" : "no field " + one.text;
    case kind::no_field:
      return any_field(seen, one.text) ? "has field " + one.text : "";
    case kind::field_not_like:
      return any_field(seen, one.text, one.prefix) ? one.text + " begins with " + one.prefix : "";
    case kind::no_continue:
      return seen.continues == 0 ? "" : "100 was sent";
  }
  return "unknown demand";
}

std::string unmet(const expectation& one, const observation& seen) {
  const bool right = std::any_of(one.first.begin(), one.first.end(), [&](auto& f) { return matches(f, seen.first); });
  if (!right) return "got " + seen.first;
  const auto count = seen.answers.size();
  if (one.answers && *one.answers != count) return std::to_string(count) + " answers";
  if (one.at_most && *one.at_most < count) return std::to_string(count) + " answers";
  if (one.closed == true && seen.end == ending::open) return "left open";
  if (one.closed == false && seen.end != ending::open) return "closed";
  for (const auto& each : one.demands) {
    if (auto why = unmet(each, seen); !why.empty()) return why;
  }
  return seen.faults.empty() ? "" : seen.faults.front();
}

}  // namespace

observation play(const endpoint& where, const test_case& what) {
  player at{where};
  for (const auto& each : what.steps) {
    if (at.client().poll_end() != ending::open) break;
    std::visit(at, each);
  }
  at.settle(wants_close(what) ? close_wait : silence);
  return observe(at.client(), what);
}

std::string judge(const test_case& what, const observation& seen) {
  std::string reasons;
  for (const auto& one : what.expectations) {
    const auto why = unmet(one, seen);
    if (why.empty()) return {};
    reasons += (reasons.empty() ? "" : " / ") + why;
  }
  return reasons;
}

}  // namespace baton::test::http1
