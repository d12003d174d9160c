#include "server/listeners.hpp"

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

net::bind_options bind_options_of(const options& settings) {
  net::bind_options how;
  how.backlog = settings.backlog;
  how.unix_mode = settings.unix_socket.mode;
  how.unix_owner = settings.unix_socket.owner;
  return how;
}

}  // namespace

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

}  // namespace baton
