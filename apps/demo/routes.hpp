// The demo's routes, by theme.
#pragma once

#include <string>

#include <baton/handover.hpp>
#include <baton/router.hpp>

namespace demo {

/// What some routes tell about this process.
struct identity {
  std::string version;
  unsigned generation = 1;
};

/// `/`: what there is to try.
void add_page_routes(baton::router& routes);

/// Answers that are whole in memory: /plaintext /json /pid /generation /version /sleep /block
/// /users/{id} /counter /throw. `counter`, which outlives the routes, is what /counter counts with.
void add_basic_routes(baton::router& routes, identity who, baton::carried_counter& counter);

/// Bodies that are not: /echo /download.
void add_stream_routes(baton::router& routes);

}  // namespace demo
