#include "session/connection_budget.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace baton::session {

namespace {

// 0xff begins a multicast address, which no peer has: no IPv6 network shares a count with it.
std::uint64_t ipv4_bits(const void* address) noexcept {
  std::array<unsigned char, sizeof(std::uint64_t)> bytes{0xff};
  std::memcpy(bytes.data() + 4, address, 4);
  std::uint64_t bits = 0;
  std::memcpy(&bits, bytes.data(), sizeof bits);
  return bits;
}

}  // namespace

peer_key key_of(const client_address& peer) noexcept {
  peer_key key;
  key.counted = peer.kind() == client_address::family::ipv4 || peer.kind() == client_address::family::ipv6;
  if (peer.kind() == client_address::family::ipv4) key.bits = ipv4_bits(peer.bytes().data() + 12);
  if (peer.kind() == client_address::family::ipv6) std::memcpy(&key.bits, peer.bytes().data(), sizeof key.bits);
  return key;
}

void connection_budget::limits(std::size_t in_all, std::size_t per_address) noexcept {
  in_all_.store(in_all, std::memory_order_relaxed);
  per_address_.store(per_address, std::memory_order_relaxed);
}

connection_budget::verdict connection_budget::enter(const peer_key& peer) {
  const std::size_t in_all = in_all_.load(std::memory_order_relaxed);
  const std::size_t before = count_.fetch_add(1, std::memory_order_relaxed);
  verdict found = verdict::admitted;
  if (in_all != 0 && before >= in_all) found = before >= in_all + refusals ? verdict::hopeless : verdict::refused;
  if (found != verdict::hopeless) found = std::max(found, name(peer));
  if (found == verdict::hopeless) count_.fetch_sub(1, std::memory_order_relaxed);
  return found;
}

connection_budget::verdict connection_budget::name(const peer_key& peer) {
  if (!peer.counted) return verdict::admitted;
  const std::size_t per_address = per_address_.load(std::memory_order_relaxed);
  const std::lock_guard lock{mutex_};
  std::size_t& mine = by_address_[peer.bits];
  if (per_address != 0 && mine >= per_address + refusals) return verdict::hopeless;
  ++mine;
  return per_address != 0 && mine > per_address ? verdict::refused : verdict::admitted;
}

void connection_budget::leave(const peer_key& peer) noexcept {
  count_.fetch_sub(1, std::memory_order_relaxed);
  if (!peer.counted) return;
  const std::lock_guard lock{mutex_};
  const auto found = by_address_.find(peer.bits);
  if (found != by_address_.end() && --found->second == 0) by_address_.erase(found);
}

}  // namespace baton::session
