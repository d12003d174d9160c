#include "server/loaded_plugin.hpp"

#include <cstring>
#include <exception>
#include <utility>

#include <fmt/core.h>

#include "base/log.hpp"

namespace baton {
namespace {

class host final : public plugin_host {
 public:
  host(router& routes, std::shared_ptr<const void> hold) noexcept : plugin_host{routes, std::move(hold)} {}
};

os::error refusal(const std::string& path, const std::string& why) {
  return {path + ": " + why, {}};
}

// Before any of its code runs, but for static constructors.
std::string problem_of(const plugin_descriptor* descriptor) {
  if (descriptor == nullptr) return "it defines no baton_plugin";
  if (descriptor->magic != plugin_abi::magic) return "its baton_plugin is no plugin's description";
  const std::string_view stamp{descriptor->stamp, ::strnlen(descriptor->stamp, sizeof descriptor->stamp)};
  const plugin_abi::text own = plugin_abi::make_stamp();
  if (stamp != own.view()) return fmt::format("it was built for \"{}\", this program is \"{}\"", stamp, own.view());
  if (descriptor->load == nullptr) return "it has no function `load`";
  return {};
}

// What it throws may be of a type of its own, so the exception ends here.
std::string fill(const plugin_descriptor& descriptor, plugin_host& into) {
  try {
    descriptor.load(into);
    return {};
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "it threw something that is no std::exception";
  }
}

}  // namespace

plugin_code::~plugin_code() {
  if (object.unload()) {
    if (announced) log::info("plugin {} has been unloaded", title);
  } else {
    log::warning(
        "plugin {} stays in memory, unused: it cannot be unloaded (built without -fno-gnu-unique, or a thread of its "
        "runs on)",
        title);
  }
}

loaded_plugin::loaded_plugin(std::string path, std::shared_ptr<plugin_code> code, const plugin_descriptor& descriptor,
                             http::route_set routes)
    : path_{std::move(path)}, code_{std::move(code)}, descriptor_{descriptor}, routes_{std::move(routes)} {}

loaded_plugin::~loaded_plugin() {
  if (descriptor_.unload != nullptr) descriptor_.unload();
}

os::result<std::shared_ptr<const loaded_plugin>> loaded_plugin::load(const std::string& path,
                                                                     const std::vector<middleware>& around,
                                                                     unload_queue& queue) {
  auto object = os::shared_object::load(path);
  if (!object) return object.error();
  const auto code = queue.guard(std::make_unique<plugin_code>(std::move(*object), path));
  const auto* const descriptor = static_cast<const plugin_descriptor*>(code->object.symbol("baton_plugin"));
  if (const std::string wrong = problem_of(descriptor); !wrong.empty()) return refusal(path, wrong);
  code->title = fmt::format("{} {} ({})", descriptor->name, descriptor->version, path);
  router routes;
  host into{routes, code};
  if (const std::string wrong = fill(*descriptor, into); !wrong.empty()) {
    return refusal(path, "it could not be loaded: " + wrong);
  }
  return std::shared_ptr<const loaded_plugin>{
      new loaded_plugin{path, code, *descriptor, http::route_set::of(routes, around)}};
}

bool loaded_plugin::current() const {
  const auto now = os::look_at_file(path_);
  return now && *now == code_->object.version();
}

}  // namespace baton
