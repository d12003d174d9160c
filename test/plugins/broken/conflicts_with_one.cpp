// Wants a route that the versioned plugin has.
#include <baton/plugin.hpp>

static void load(baton::plugin_host& host) {
  host.routes().get("/plugin/version", [](baton::request&) { return baton::response::text("mine"); });
}

const baton::plugin_descriptor baton_plugin = baton::describe_plugin("conflicts_with_one", "1.0", load);
