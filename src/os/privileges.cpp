#include "os/privileges.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace baton::os {
namespace {

constexpr std::uint32_t bind_bit = 1U << CAP_NET_BIND_SERVICE;
constexpr std::uint32_t nice_bit = 1U << CAP_SYS_NICE;

template <class Id>
std::optional<Id> number_of(const std::string& text) {
  Id value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  // The last one means "unchanged" to setresuid.
  if (error != std::errc{} || stop != end || value == static_cast<Id>(-1)) return std::nullopt;
  return value;
}

result<gid_t> find_group(const std::string& name) {
  if (const auto number = number_of<gid_t>(name)) return *number;
  const ::group* const entry = ::getgrnam(name.c_str());
  if (entry == nullptr) return error{"no such group as '" + name + "'", {}};
  return entry->gr_gid;
}

// What the user's name is a member of; of a number without a name, the group alone.
std::vector<gid_t> groups_of(const passwd* entry, gid_t group) {
  if (entry == nullptr) return {group};
  std::vector<gid_t> found(32);
  int count = static_cast<int>(found.size());
  while (::getgrouplist(entry->pw_name, group, found.data(), &count) < 0) {
    found.resize(std::max(found.size() * 2, static_cast<std::size_t>(count)));
    count = static_cast<int>(found.size());
  }
  found.resize(static_cast<std::size_t>(count));
  return found;
}

struct capability_sets {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
};

bool read_capabilities(capability_sets& into) noexcept {
  return ::syscall(SYS_capget, &into.header, into.data) == 0;
}

bool holds(std::uint32_t bit) noexcept {
  capability_sets sets;
  return read_capabilities(sets) && (sets.data[0].effective & bit) != 0;
}

// In the ambient set, or exec would drop it.
result<void> set_capabilities(kept_capabilities kept) {
  capability_sets sets;
  if (!read_capabilities(sets)) return last_error("capget");
  const std::uint32_t mask = kept == kept_capabilities::bind ? sets.data[0].permitted & bind_bit : 0;
  sets.data[0] = {mask, mask, mask};
  sets.data[1] = {};
  if (::syscall(SYS_capset, &sets.header, sets.data) != 0) return last_error("capset");
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return last_error("prctl PR_CAP_AMBIENT");
  if (mask != 0 && ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0) != 0) {
    return last_error("prctl PR_CAP_AMBIENT_RAISE");
  }
  return {};
}

result<void> change_identity(const account& who) {
  if (::setgroups(who.groups.size(), who.groups.data()) != 0) return last_error("setgroups");
  if (::setresgid(who.group, who.group, who.group) != 0) return last_error("setresgid");
  if (::setresuid(who.user, who.user, who.user) != 0) return last_error("setresuid");
  return {};
}

result<void> try_to_return(const account& who) {
  const bool returned = who.user != 0 && (::setresuid(0, 0, 0) == 0 || ::setuid(0) == 0);
  if (returned || !runs_as(who)) return error{"privileges could be taken up again", {}};
  return {};
}

}  // namespace

result<account> find_account(const std::string& user, const std::string& group) {
  account found;
  found.name = user;
  const auto number = number_of<uid_t>(user);
  const passwd* const entry = number ? ::getpwuid(*number) : ::getpwnam(user.c_str());
  if (entry == nullptr && !number) return error{"no such user as '" + user + "'", {}};
  found.user = number ? *number : entry->pw_uid;
  if (!group.empty()) {
    const auto named = find_group(group);
    if (!named) return named.error();
    found.group = *named;
  } else if (entry == nullptr) {
    return error{"user " + user + " has no name, and so no group of its own", {}};
  } else {
    found.group = entry->pw_gid;
  }
  found.groups = groups_of(entry, found.group);
  return found;
}

bool is_superuser() noexcept {
  return ::geteuid() == 0;
}

bool runs_as(const account& who) noexcept {
  uid_t users[3]{};
  gid_t groups[3]{};
  if (::getresuid(&users[0], &users[1], &users[2]) != 0 || ::getresgid(&groups[0], &groups[1], &groups[2]) != 0) {
    return false;
  }
  return std::all_of(std::begin(users), std::end(users), [&](uid_t each) { return each == who.user; }) &&
         std::all_of(std::begin(groups), std::end(groups), [&](gid_t each) { return each == who.group; });
}

result<void> become(const account& who, kept_capabilities kept) {
  const bool keeps = kept != kept_capabilities::none;
  if (keeps && ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return last_error("prctl PR_SET_KEEPCAPS");
  if (const auto changed = change_identity(who); !changed) return changed.error();
  if (keeps && ::prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0) return last_error("prctl PR_SET_KEEPCAPS");
  if (const auto limited = set_capabilities(kept); !limited) return limited.error();
  return try_to_return(who);
}

result<void> limit_capabilities(kept_capabilities kept) {
  return set_capabilities(kept);
}

bool may_bind_low_ports() noexcept {
  return holds(bind_bit);
}

bool may_raise_priority() noexcept {
  rlimit limit{};
  return (::getrlimit(RLIMIT_NICE, &limit) == 0 && limit.rlim_cur >= 40) || holds(nice_bit);
}

result<void> forbid_new_privileges() noexcept {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return last_error("prctl PR_SET_NO_NEW_PRIVS");
  return {};
}

void forbid_dumps() noexcept {
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

result<bool> give_path(const std::string& path, const account& who) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return false;
    return last_error("lstat " + path);
  }
  if (found.st_uid != 0) return false;
  if (::lchown(path.c_str(), who.user, who.group) != 0) return last_error("lchown " + path);
  return true;
}

}  // namespace baton::os
