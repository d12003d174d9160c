// The configured listeners, each adopted from whoever started us or bound anew.
#pragma once

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

}  // namespace baton
