#include "session/connection_budget.hpp"

#include <cstring>

#include <netinet/in.h>

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

peer_key key_of(const sockaddr_storage& peer) noexcept {
  peer_key key;
  if (peer.ss_family == AF_INET) {
    key.bits = ipv4_bits(&reinterpret_cast<const sockaddr_in&>(peer).sin_addr);
    key.counted = true;
  } else if (peer.ss_family == AF_INET6) {
    const in6_addr& address = reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr;
    key.counted = true;
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
      key.bits = ipv4_bits(address.s6_addr + 12);
    } else {
      std::memcpy(&key.bits, address.s6_addr, sizeof key.bits);
    }
  }
  return key;
}

void connection_budget::limits(std::size_t in_all, std::size_t per_address) noexcept {
  in_all_.store(in_all, std::memory_order_relaxed);
  per_address_.store(per_address, std::memory_order_relaxed);
}

connection_budget::verdict connection_budget::enter(const peer_key& peer) {
  const std::size_t in_all = in_all_.load(std::memory_order_relaxed);
  const std::size_t per_address = per_address_.load(std::memory_order_relaxed);
  const std::size_t before = count_.fetch_add(1, std::memory_order_relaxed);
  bool over = in_all != 0 && before >= in_all;
  bool hopeless = in_all != 0 && before >= in_all + refusals;
  if (!hopeless && peer.counted) {
    const std::lock_guard lock{mutex_};
    std::size_t& mine = by_address_[peer.bits];
    over = over || (per_address != 0 && mine >= per_address);
    hopeless = per_address != 0 && mine >= per_address + refusals;
    if (!hopeless) ++mine;
  }
  if (hopeless) {
    count_.fetch_sub(1, std::memory_order_relaxed);
    return verdict::hopeless;
  }
  return over ? verdict::refused : verdict::admitted;
}

void connection_budget::leave(const peer_key& peer) noexcept {
  count_.fetch_sub(1, std::memory_order_relaxed);
  if (!peer.counted) return;
  const std::lock_guard lock{mutex_};
  const auto found = by_address_.find(peer.bits);
  if (found != by_address_.end() && --found->second == 0) by_address_.erase(found);
}

}  // namespace baton::session
