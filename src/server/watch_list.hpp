// What `watch` names, as files, each with its state at the moment this process took it in. So a change that
// comes while the process still starts is noticed once it watches.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <baton/options.hpp>

#include "os/file_identity.hpp"
#include "os/process_image.hpp"
#include "server/file_watch.hpp"

namespace baton {

class watch_list {
 public:
  /// First thing in `main`: notes what the binary is. `image` must outlive this.
  explicit watch_list(const os::process_image& image);

  /// Just before the conf file is read.
  void reading_conf(const std::string& path);

  /// Notes what the other files are. What is asked for and does not exist in this process (`config` without a
  /// conf file) is left out with a warning.
  [[nodiscard]] std::vector<watch_target> targets(const options& settings) const;

 private:
  [[nodiscard]] watch_target target(watch_target::kind what, const std::string& path) const;

  const os::process_image& image_;
  const watch_target binary_;
  std::optional<watch_target> config_;
};

}  // namespace baton
