#include "load_clients.hpp"

#include <stdexcept>

#include "support/sample_bodies.hpp"

namespace baton::test {
namespace {

void expect(const reply& answer, std::string_view body) {
  if (answer.status != 200) throw std::runtime_error{"status " + std::to_string(answer.status)};
  if (answer.body != body) throw std::runtime_error{"wrong body of " + std::to_string(answer.body.size()) + " bytes"};
}

}  // namespace

raw_client& kept_connection::ready() {
  if (client_ && client_->poll_end() != ending::open) drop();
  reused_ = client_ != nullptr;
  if (!client_) client_ = std::make_unique<raw_client>(where_);
  return *client_;
}

void kept_connection::after(const reply& last) {
  if (last.closes()) drop();
}

struct load::client {
  load_account& account;
  kept_connection connection;
  std::minstd_rand random;

  void pause(int most_ms) {
    std::this_thread::sleep_for(std::chrono::milliseconds{std::uniform_int_distribution{0, most_ms}(random)});
  }
};

load::load(endpoint where) : where_{std::move(where)} {
  start("keep-alive, back to back", true, 3, &load::one_get);
  start("keep-alive, pauses", true, 6, &load::get_after_a_pause);
  start("pipelining, 8 deep", true, 2, &load::pipeline);
  start("new connection each", false, 2, &load::get_on_a_new_connection);
  start("slow POST", false, 4, &load::slow_post);
  start("long wait", false, 3, &load::long_wait);
  start("long download", false, 3, &load::long_download);
  start("half-sent heads", false, 4, &load::half_a_head);
}

void load::start(std::string name, bool keeps, unsigned clients, exchange once) {
  auto& account = *accounts_.emplace_back(std::make_unique<load_account>(std::move(name), keeps));
  for (unsigned i = 0; i < clients; ++i) {
    const auto seed = static_cast<unsigned>(threads_.size() + 1);
    threads_.emplace_back([this, &account, once, seed] {
      client self{account, kept_connection{where_}, std::minstd_rand{seed}};
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

std::vector<const load_account*> load::accounts() const {
  std::vector<const load_account*> all;
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

void load::one_get(client& self, raw_client& http) {
  const auto answer = http.get("/plaintext");
  expect(answer, "Hello, World!");
  self.connection.after(answer);
}

void load::get_after_a_pause(client& self, raw_client& http) {
  one_get(self, http);
  self.pause(300);
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
    if (answer.status != 200 || answer.body.find(std::to_string(100 + i)) == std::string::npos) {
      throw std::runtime_error{"answer " + std::to_string(i) + " of a pipeline is " + std::to_string(answer.status)};
    }
  }
  self.connection.after(answer);
  self.pause(50);
}

// The body trickles for about 300 ms, longer than a new generation needs to take over.
void load::slow_post(client& self, raw_client& http) {
  constexpr std::size_t pieces = 10;
  const auto id = "post-" + std::to_string(posts_++);
  std::string body(pieces * 512, '\0');
  for (auto& c : body) c = static_cast<char>(self.random());
  http.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nX-Req-Id: " + id +
            "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
  for (std::size_t at = 0; at < body.size(); at += body.size() / pieces) {
    std::this_thread::sleep_for(30ms);
    http.send(std::string_view{body}.substr(at, body.size() / pieces));
  }
  expect(http.read(), body);
  self.connection.drop();
  const std::lock_guard lock{mutex_};
  posted_.push_back(id);
}

void load::long_wait(client& self, raw_client& http) {
  expect(http.get("/sleep?ms=400"), "slept 400");
  self.connection.drop();
}

void load::long_download(client& self, raw_client& http) {
  static const std::string expected = download_pattern(64'000);
  expect(http.get("/download?bytes=64000&chunk=1600&delay=10"), expected);
  self.connection.drop();
}

void load::half_a_head(client& self, raw_client& http) {
  const auto request = get_request("/plaintext", "X-Filler: some more bytes\r\n");
  const auto half = std::uniform_int_distribution<std::size_t>{1, request.size() - 1}(self.random);
  http.send(std::string_view{request}.substr(0, half));
  std::this_thread::sleep_for(200ms);
  http.send(std::string_view{request}.substr(half));
  expect(http.read(), "Hello, World!");
  self.connection.drop();
}

}  // namespace baton::test
