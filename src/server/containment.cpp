#include "server/containment.hpp"

#include <algorithm>
#include <cstddef>
#include <stdexcept>

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/core.h>

#include "base/listen_address.hpp"
#include "base/log.hpp"
#include "os/descriptor_limit.hpp"

namespace baton {
namespace {

os::kept_capabilities kept_by(const privilege_options& given) noexcept {
  return given.keep == kept_privileges::bind ? os::kept_capabilities::bind : os::kept_capabilities::none;
}

void require(const os::result<void>& done, const std::string& what) {
  if (!done) throw std::runtime_error{what + ": " + done.error().text()};
}

}  // namespace

containment::containment(const options& settings) : settings_{settings} {
  const privilege_options& given = settings.privileges;
  ::umask(given.umask);
  if (given.user.empty()) {
    if (!given.group.empty()) throw std::runtime_error{"privileges.group needs privileges.user"};
    return;
  }
  auto found = os::find_account(given.user, given.group);
  if (!found) throw std::runtime_error{"privileges.user: " + found.error().text()};
  if (!os::is_superuser() && !os::runs_as(*found)) {
    throw std::runtime_error{
        fmt::format("cannot become {} ({}:{}): this process runs as {}:{}, and only root can change that; a change of "
                    "privileges.user or privileges.group needs a restart",
                    given.user, found->user, found->group, ::geteuid(), ::getegid())};
  }
  if (found->user != 0) who_ = std::move(*found);  // who stays root keeps what root has
}

void containment::enforce() {
  if (who_) {
    const std::string what = "cannot become " + who_->name;
    if (os::is_superuser() && !os::runs_as(*who_)) {
      give_paths();
      require(os::become(*who_, kept_by(settings_.privileges)), what);
    } else {
      require(os::limit_capabilities(kept_by(settings_.privileges)), "cannot give up capabilities");
    }
    os::forbid_dumps();
  }
  if (settings_.privileges.no_new_privs) require(os::forbid_new_privileges(), "privileges.no_new_privs");
  report();
}

// What a later generation, or a reload, has to open, replace or remove again.
void containment::give_paths() const {
  give_path(settings_.log_file);
  give_path(settings_.access_log.path);
  give_path(settings_.control);
  give_listener(settings_.admin);
  if (!settings_.unix_socket.owner.empty()) return;  // somebody has said whose they are
  for (const std::string& address : settings_.listen) give_listener(address);
}

void containment::give_listener(const std::string& address) const {
  const auto parsed = parse_address(address);
  if (parsed) give_path(parsed.address->path);
}

void containment::give_path(const std::string& path) const {
  if (path.empty()) return;
  if (const auto given = os::give_path(path, *who_); !given) {
    log::warning("{} stays root's: {}; {} may not be able to open or remove it", path, given.error().text(),
                 who_->name);
  }
}

void containment::report() const {
  if (!who_) {
    if (os::is_superuser()) log::warning("running as root; privileges.user names whom to become");
    return;
  }
  log::info("running as {} ({}:{}); ports below 1024 that are new {}", who_->name, who_->user, who_->group,
            os::may_bind_low_ports() ? "can be bound by a reload or an upgrade"
                                     : "cannot be bound by a reload or an upgrade, they need a restart");
}

void fit_descriptor_limit(const options& settings) {
  constexpr std::size_t own = 64;                           // listeners, epoll, logs, channels, a spare
  constexpr std::size_t refusals = 32;                      // see connection_budget
  constexpr std::size_t unlimited = std::size_t{1} << 20U;  // the kernel's own fs.nr_open
  const std::size_t connections = settings.limits.connections;
  const std::size_t before = os::read_descriptor_limit().soft;
  if (connections == 0) {
    const std::size_t wanted = std::min(os::read_descriptor_limit().hard, unlimited);
    os::raise_descriptor_limit(wanted);
    return;
  }
  const std::size_t needed = connections + refusals + own;
  const std::size_t now = os::raise_descriptor_limit(needed).soft;
  if (now < needed) {
    log::warning(
        "limits.connections = {} needs {} descriptors, and RLIMIT_NOFILE allows {} (hard limit {}): connections beyond "
        "that will wait in the kernel's queue; raise LimitNOFILE or lower limits.connections",
        connections, needed, now, os::read_descriptor_limit().hard);
  } else if (now != before) {
    log::debug("RLIMIT_NOFILE raised from {} to {}", before, now);
  }
}

}  // namespace baton
