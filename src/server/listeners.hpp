// The configured listeners: each adopted from whoever started us or bound anew, and what becomes of them when
// the configuration changes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <baton/options.hpp>

#include "net/listener.hpp"
#include "upgrade/inherited_listeners.hpp"

namespace baton {

struct opened_listeners {
  std::vector<net::listener> configured;  ///< in the order of `options::listen`
  /// Inherited, but not configured any more. The predecessor empties their queues; `retire` them once
  /// this process serves and not before, or a failed start would have cost the predecessor its paths.
  std::vector<net::listener> unwanted;
};

/// Throws std::system_error as net::bind_listener does; what was bound until then is undone.
[[nodiscard]] opened_listeners open_listeners(const options& settings, upgrade::inherited_listeners inherited);

/// Removes the paths of unix listeners and closes.
void retire(std::vector<net::listener> unwanted);

[[nodiscard]] net::bind_options bind_options_of(const options& settings);

/// A listener that is served: the configured text, and what it is bound to.
struct served_listener {
  std::string spec;
  std::string local;
};

/// What a change of `listen` means for those that are served.
struct listener_plan {
  struct entry {
    std::string spec;
    std::optional<std::size_t> kept;  ///< which of the served ones; none: to be bound
  };
  std::vector<entry> wanted;         ///< in the order configured
  std::vector<std::size_t> removed;  ///< of the served ones, ascending
};

/// One that is served stays for the same text, else for a text that means the address it is bound to. Port 0
/// stays by its text only: nobody can tell which port would be meant.
[[nodiscard]] listener_plan plan_listeners(const std::vector<served_listener>& served,
                                           const std::vector<std::string>& wanted);

/// Sockets bound for a plan; unless they are taken, what was bound is undone.
class bound_listeners {
 public:
  /// Throws std::system_error as net::bind_listener does.
  bound_listeners(const listener_plan& plan, const options& settings);
  bound_listeners(const bound_listeners&) = delete;
  bound_listeners& operator=(const bound_listeners&) = delete;
  ~bound_listeners();

  [[nodiscard]] std::vector<net::listener> take() noexcept;

 private:
  void undo() noexcept;
  std::vector<net::listener> listeners_;
};

}  // namespace baton
