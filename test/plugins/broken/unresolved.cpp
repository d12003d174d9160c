// Needs what no program has.
#include <baton/plugin.hpp>

extern "C" int nobody_defines_this();

static void load(baton::plugin_host&) {
  static_cast<void>(nobody_defines_this());
}

const baton::plugin_descriptor baton_plugin = baton::describe_plugin("unresolved", "1.0", load);
