#include "load_clients.hpp"

#include <algorithm>
#include <stdexcept>

#include "support/sample_bodies.hpp"

namespace baton::test {
namespace {

void expect(const reply& answer, std::string_view body) {
  if (answer.status != 200) throw std::runtime_error{"status " + std::to_string(answer.status)};
  if (answer.body != body) throw std::runtime_error{"wrong body of " + std::to_string(answer.body.size()) + " bytes"};
}

}  // namespace

struct load::client {
  load_account& account;
  kept_connection connection;
  std::minstd_rand random;

  [[nodiscard]] std::size_t number(std::size_t least, std::size_t most) {
    return std::uniform_int_distribution{least, most}(random);
  }
};

load::load(endpoint where, load_shape shape)
    : where_{std::move(where)}, shape_{shape}, large_body_{download_pattern(shape_.large_download)} {
  start("keep-alive, back to back", true, 3, &load::one_get);
  start("keep-alive, pauses", true, 6, &load::get_after_a_pause);
  start("keep-alive POST, pauses", true, 4, &load::post_after_a_pause);
  start("keep-alive, long rests", true, 6, &load::get_after_a_rest);
  start("opened, used much later", true, 4, &load::first_use_after_a_rest);
  start("pipelining, 8 deep", true, 2, &load::pipeline);
  start("new connection each", false, 2, &load::get_on_a_new_connection);
  start("slow POST", true, 4, &load::slow_post);
  start("long wait", true, 3, &load::long_wait);
  start("slow download", true, 3, &load::slow_download);
  start("large download", true, 1, &load::large_download);
  start("half-sent heads", true, 4, &load::half_a_head);
}

void load::start(std::string name, bool keeps, unsigned clients, exchange once) {
  auto& account = *accounts_.emplace_back(std::make_unique<load_account>(std::move(name), keeps));
  for (unsigned i = 0; i < clients; ++i) {
    const auto seed = static_cast<unsigned>(threads_.size() + 1);
    threads_.emplace_back([this, &account, once, seed] {
      client self{account, kept_connection{where_, account}, std::minstd_rand{seed}};
      while (!stop_) run(self, once);
    });
  }
}

void load::stop() {
  stop_ = true;
  for (auto& each : threads_) {
    if (each.joinable()) each.join();
  }
}

load_accounts load::accounts() const {
  load_accounts all;
  for (const auto& each : accounts_) all.push_back(each.get());
  return all;
}

// One exchange and its entry in the books.
void load::run(client& self, exchange once) {
  std::size_t before = 0;
  raw_client* at = nullptr;
  try {
    at = &self.connection.ready();
    before = at->bytes_received();
    (this->*once)(self, *at);
    self.account.add(fate::ok);
  } catch (const std::exception& error) {
    const bool silent_end = at != nullptr && at->poll_end() != ending::open && at->bytes_received() == before;
    const bool idle = self.connection.reused() && silent_end;
    self.account.add(idle ? fate::lost_idle : fate::failed, error.what());
    self.connection.drop();
  }
}

void load::pause(client& self, std::chrono::milliseconds most) const {
  const auto length = std::chrono::milliseconds{self.number(0, static_cast<std::size_t>(most.count()))};
  const auto end = std::chrono::steady_clock::now() + length;
  while (!stop_ && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(
        100ms, std::max(end - std::chrono::steady_clock::now(), std::chrono::steady_clock::duration::zero())));
  }
}

std::string load::next_id() {
  return "post-" + std::to_string(posts_++);
}

void load::was_posted(std::string id) {
  const std::lock_guard lock{mutex_};
  posted_.push_back(std::move(id));
}

void load::one_get(client& self, raw_client& http) {
  const auto answer = http.get("/plaintext");
  expect(answer, "Hello, World!");
  self.connection.after(answer);
}

void load::get_after_a_pause(client& self, raw_client& http) {
  one_get(self, http);
  pause(self, 300ms);
}

void load::post_after_a_pause(client& self, raw_client& http) {
  const auto id = next_id();
  http.send(post_request("/echo", id, "X-Req-Id: " + id + "\r\n"));
  const auto answer = http.read();
  expect(answer, id);
  was_posted(id);
  self.connection.after(answer);
  pause(self, 300ms);
}

void load::get_after_a_rest(client& self, raw_client& http) {
  one_get(self, http);
  pause(self, shape_.rest);
}

// A connection that has not sent a byte when an upgrade comes, as browsers open them in advance.
void load::first_use_after_a_rest(client& self, raw_client& http) {
  pause(self, shape_.rest);
  const auto before = http.poll_end();
  if (before != ending::open) throw std::runtime_error{"closed before its first request"};
  expect(http.get("/plaintext"), "Hello, World!");
  self.connection.drop();
}

void load::get_on_a_new_connection(client& self, raw_client& http) {
  const auto answer = http.get("/plaintext", "Connection: close\r\n");
  expect(answer, "Hello, World!");
  self.connection.drop();
}

// One write, so whichever process reads the first has read them all.
void load::pipeline(client& self, raw_client& http) {
  constexpr int depth = 8;
  std::string batch;
  for (int i = 0; i < depth; ++i) batch += get_request("/users/" + std::to_string(100 + i));
  http.send(batch);
  reply answer;
  for (int i = 0; i < depth; ++i) {
    answer = http.read();
    expect(answer, "{\"id\":" + std::to_string(100 + i) + "}");
  }
  self.connection.after(answer);
  pause(self, 50ms);
}

// The body trickles for longer than a new generation needs to take over.
void load::slow_post(client& self, raw_client& http) {
  constexpr std::size_t pieces = 10;
  const auto id = next_id();
  std::string body(pieces * self.number(1, shape_.largest_post / pieces), '\0');
  for (std::size_t i = 0; i < body.size(); i += 61) body[i] = static_cast<char>(self.random());
  http.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nX-Req-Id: " + id +
            "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
  for (std::size_t at = 0; at < body.size(); at += body.size() / pieces) {
    std::this_thread::sleep_for(shape_.slow / pieces);
    http.send(std::string_view{body}.substr(at, body.size() / pieces));
  }
  const auto answer = http.read();
  expect(answer, body);
  was_posted(id);
  self.connection.after(answer);
}

void load::long_wait(client& self, raw_client& http) {
  const auto time = std::to_string(shape_.slow.count());
  const auto answer = http.get("/sleep?ms=" + time);
  expect(answer, "slept " + time);
  self.connection.after(answer);
}

void load::slow_download(client& self, raw_client& http) {
  static const std::string expected = download_pattern(64'000);
  const auto answer = http.get("/download?bytes=64000&chunk=1600&delay=" + std::to_string(shape_.slow.count() / 40));
  expect(answer, expected);
  self.connection.after(answer);
}

void load::large_download(client& self, raw_client& http) {
  const auto answer = http.get("/download?chunk=262144&bytes=" + std::to_string(large_body_.size()));
  expect(answer, large_body_);
  self.connection.after(answer);
  pause(self, 100ms);
}

void load::half_a_head(client& self, raw_client& http) {
  const auto request = get_request("/plaintext", "X-Filler: some more bytes\r\n");
  const auto half = self.number(1, request.size() - 1);
  http.send(std::string_view{request}.substr(0, half));
  std::this_thread::sleep_for(shape_.slow / 2);
  http.send(std::string_view{request}.substr(half));
  const auto answer = http.read();
  expect(answer, "Hello, World!");
  self.connection.after(answer);
}

}  // namespace baton::test
