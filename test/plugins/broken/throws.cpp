// Cannot be loaded today.
#include <stdexcept>

#include <baton/plugin.hpp>

static void load(baton::plugin_host& host) {
  host.routes().get("/throws", [](baton::request&) { return baton::response::text("never"); });
  throw std::runtime_error{"its database is away"};
}

const baton::plugin_descriptor baton_plugin = baton::describe_plugin("throws", "1.0", load);
