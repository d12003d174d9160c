// Wants a route that the program has.
#include <baton/plugin.hpp>

static void load(baton::plugin_host& host) {
  host.routes().get("/plaintext", [](baton::request&) { return baton::response::text("mine"); });
}

const baton::plugin_descriptor baton_plugin = baton::describe_plugin("conflicts_with_program", "1.0", load);
