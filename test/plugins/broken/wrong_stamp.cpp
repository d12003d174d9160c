// As built with another compiler.
#include <baton/plugin.hpp>

static void load(baton::plugin_host&) {
  __builtin_trap();  // must not come to this
}

static constexpr baton::plugin_descriptor foreign() {
  baton::plugin_descriptor made = baton::describe_plugin("foreign", "1.0", load);
  made.stamp[17] = '9';
  return made;
}

const baton::plugin_descriptor baton_plugin = foreign();
