#include "server/watch_list.hpp"

#include <utility>

#include "base/log.hpp"
#include "server/tls_files.hpp"

namespace baton {

watch_list::watch_list(const os::process_image& image)
    : image_{image}, binary_{target(watch_target::kind::binary, image.binary)} {}

watch_target watch_list::target(watch_target::kind what, const std::string& path) const {
  std::string absolute = image_.from_directory(path);
  auto known = os::identify(absolute);
  return {what, std::move(absolute), known};
}

void watch_list::reading_conf(const std::string& path) {
  config_ = target(watch_target::kind::config, path);
}

std::vector<watch_target> watch_list::targets(const options& settings) const {
  std::vector<watch_target> all;
  for (const std::string& name : settings.watch.targets) {
    if (name == "binary") {
      all.push_back(binary_);
    } else if (name == "config" && config_) {
      all.push_back(*config_);
    } else if (name == "config") {
      log::warning("watch: there is no conf file (--config) to watch; going on without");
    } else if (name == "plugin") {
      for (const std::string& plugin : settings.plugin) all.push_back(target(watch_target::kind::plugin, plugin));
      if (settings.plugin.empty()) log::warning("watch: there is no plugin to watch; going on without");
    } else {
      all.push_back(target(watch_target::kind::trigger, name));
    }
  }
  for (const std::string& file : tls_files(settings)) all.push_back(target(watch_target::kind::certificate, file));
  return all;
}

}  // namespace baton
