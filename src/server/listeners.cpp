#include "server/listeners.hpp"

#include <utility>

#include "base/listen_address.hpp"
#include "base/log.hpp"

namespace baton {
namespace {

// Undoes what was bound if a later listener fails.
class bound_paths {
 public:
  explicit bound_paths(const std::vector<net::listener>& listeners) noexcept : listeners_{listeners} {}
  bound_paths(const bound_paths&) = delete;
  bound_paths& operator=(const bound_paths&) = delete;
  ~bound_paths() {
    if (kept_) return;
    for (const std::size_t i : bound_) net::remove_path(listeners_[i]);
  }
  void add(std::size_t index) { bound_.push_back(index); }
  void keep() noexcept { kept_ = true; }

 private:
  const std::vector<net::listener>& listeners_;
  std::vector<std::size_t> bound_;
  bool kept_ = false;
};

// Which of the served ones that are not `taken` the text means.
std::optional<std::size_t> find_served(const std::vector<served_listener>& served, const std::vector<bool>& taken,
                                       const std::string& spec, bool by_text) {
  const auto wanted = parse_address(spec).address;
  const bool chosen_port = !wanted || (wanted->kind != address_kind::unix_path && wanted->port == 0);
  for (std::size_t i = 0; i < served.size(); ++i) {
    if (taken[i]) continue;
    if (by_text ? served[i].spec == spec : !chosen_port && parse_address(served[i].local).address == wanted) return i;
  }
  return std::nullopt;
}

}  // namespace

net::bind_options bind_options_of(const options& settings) {
  net::bind_options how;
  how.backlog = settings.backlog;
  how.unix_mode = settings.unix_socket.mode;
  how.unix_owner = settings.unix_socket.owner;
  return how;
}

opened_listeners open_listeners(const options& settings, upgrade::inherited_listeners inherited) {
  const net::bind_options how = bind_options_of(settings);
  opened_listeners opened;
  bound_paths bound{opened.configured};
  for (const std::string& spec : settings.listen) {
    if (auto adopted = inherited.take(spec)) {
      opened.configured.push_back(net::adopt_listener(spec, std::move(*adopted), how.backlog));
    } else {
      opened.configured.push_back(net::bind_listener(spec, how));
      bound.add(opened.configured.size() - 1);
    }
  }
  for (upgrade::inherited_listeners::entry& left : inherited.rest()) {
    opened.unwanted.push_back(net::adopt_listener(left.spec, std::move(left.fd), how.backlog));
  }
  bound.keep();
  return opened;
}

void retire(std::vector<net::listener> unwanted) {
  for (const net::listener& each : unwanted) {
    net::remove_path(each);
    log::info("the inherited listener {} is not configured any more", each.local);
  }
}

// Texts first: an address in another text must not take the listener of one that stays as it is.
listener_plan plan_listeners(const std::vector<served_listener>& served, const std::vector<std::string>& wanted) {
  listener_plan plan;
  std::vector<bool> taken(served.size());
  for (const std::string& spec : wanted) plan.wanted.push_back({spec, std::nullopt});
  for (const bool by_text : {true, false}) {
    for (listener_plan::entry& each : plan.wanted) {
      if (!each.kept) each.kept = find_served(served, taken, each.spec, by_text);
      if (each.kept) taken[*each.kept] = true;
    }
  }
  for (std::size_t i = 0; i < served.size(); ++i) {
    if (!taken[i]) plan.removed.push_back(i);
  }
  return plan;
}

bound_listeners::bound_listeners(const listener_plan& plan, const options& settings) {
  const net::bind_options how = bind_options_of(settings);
  try {
    for (const listener_plan::entry& each : plan.wanted) {
      if (!each.kept) listeners_.push_back(net::bind_listener(each.spec, how));
    }
  } catch (...) {
    undo();
    throw;
  }
}

bound_listeners::~bound_listeners() {
  undo();
}

void bound_listeners::undo() noexcept {
  for (const net::listener& each : listeners_) net::remove_path(each);
  listeners_.clear();
}

std::vector<net::listener> bound_listeners::take() noexcept {
  return std::exchange(listeners_, {});
}

}  // namespace baton
