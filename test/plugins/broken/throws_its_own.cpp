// The exception's type and destructor go with the object.
#include <string>

#include <baton/plugin.hpp>

namespace {
struct anything {
  std::string text;
  ~anything() { text.clear(); }
};
void load(baton::plugin_host&) {
  throw anything{std::string(100, 'x')};
}
}  // namespace

const baton::plugin_descriptor baton_plugin = baton::describe_plugin("throws_its_own", "1.0", load);
