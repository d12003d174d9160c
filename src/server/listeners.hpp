// The configured listeners, each adopted from whoever started us or bound anew.
#pragma once

#include <vector>

#include <baton/options.hpp>

#include "net/listener.hpp"
#include "upgrade/inherited_listeners.hpp"

namespace baton {

/// In the order of `options::listen`. What was inherited and is not configured any more is closed here.
/// Throws std::system_error as net::bind_listener does.
[[nodiscard]] std::vector<net::listener> open_listeners(const options& settings,
                                                        upgrade::inherited_listeners inherited);

}  // namespace baton
