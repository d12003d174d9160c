#include "server/connection_mover.hpp"

#include <memory>
#include <utility>

#include "base/log.hpp"
#include "server/server_core.hpp"

namespace baton {

void connection_mover::open(upgrade::handover_channel& channel) {
  channel_ = &channel;
  moved_ = refused_ = 0;
}

void connection_mover::close() {
  channel_ = nullptr;
  for (auto& [serial, each] : std::exchange(sent_, {})) give_back(std::move(each));
  for (batch& each : std::exchange(waiting_, {})) give_back(std::move(each));
}

void connection_mover::give_back(batch lost) {
  core_.settle(*lost.home, {}, std::move(lost.content.connections));
}

void connection_mover::depart(session::worker_context& from, std::vector<net::moving_connection> leaving) {
  batch next;
  next.home = &from;
  std::size_t bytes = 0;
  for (net::moving_connection& each : leaving) {
    std::vector<net::moving_connection>& content = next.content.connections;
    if (content.size() == upgrade::max_connections || bytes + each.bytes.size() > max_batch_bytes) {
      waiting_.push_back(std::exchange(next, {}));
      next.home = &from;
      bytes = 0;
    }
    bytes += each.bytes.size();
    content.push_back(std::move(each));
  }
  waiting_.push_back(std::move(next));
  send_waiting();
}

void connection_mover::send_waiting() {
  while (!waiting_.empty() && sent_.size() < window) {
    batch next = std::move(waiting_.front());
    waiting_.pop_front();
    send(std::move(next));
  }
}

void connection_mover::send(batch next) {
  if (channel_ == nullptr) return give_back(std::move(next));
  next.content.serial = ++serial_;
  std::vector<os::fd_view> descriptors;
  for (const net::moving_connection& each : next.content.connections) descriptors.push_back(each.socket);
  upgrade::handover_message message{std::move(next.content)};
  channel_->send(message, std::move(descriptors));
  next.content = std::get<upgrade::connections_message>(std::move(message));
  sent_.emplace(serial_, std::move(next));
}

void connection_mover::acknowledged(const upgrade::adopted_message& answer) {
  auto node = sent_.extract(answer.serial);
  if (node.empty()) return log::error("batch {} of connections is acknowledged and was not sent", answer.serial);
  batch& done = node.mapped();
  std::vector<session::peer_key> gone;
  std::vector<net::moving_connection> back;
  for (std::size_t i = 0; i < done.content.connections.size(); ++i) {
    net::moving_connection& each = done.content.connections[i];
    // An answer that is too short leaves it open who reads on: then it must not be this process.
    const bool taken = i >= answer.taken.size() || answer.taken[i];
    if (taken) gone.push_back(session::peer_of(each));
    if (!taken) back.push_back(std::move(each));
  }
  if (refused_ == 0 && !back.empty()) log::warning("the other process refuses connections: they linger here");
  moved_ += gone.size();
  refused_ += back.size();
  core_.settle(*done.home, std::move(gone), std::move(back));
  send_waiting();
}

void connection_mover::take(upgrade::incoming_message& incoming, upgrade::handover_channel& channel) {
  auto& content = std::get<upgrade::connections_message>(incoming.message);
  upgrade::adopted_message answer{content.serial};
  const auto admitted = std::make_shared<std::vector<net::moving_connection>>();
  for (std::size_t i = 0; i < content.connections.size(); ++i) {
    const bool here = i < incoming.descriptors.size();
    if (here) content.connections[i].socket = std::move(incoming.descriptors[i]);
    answer.taken.push_back(here && core_.admit(content.connections[i]));
    if (answer.taken.back()) admitted->push_back(std::move(content.connections[i]));
  }
  if (incoming.cut) log::warning("no descriptors are left for connections of the other process: it keeps them");
  arrived_ += admitted->size();
  // Only then they are read from: should this process end before, the other one still has them whole.
  channel.send(answer, {}, [&core = core_, admitted] { core.adopt(std::move(*admitted)); });
}

}  // namespace baton
