// A shared object, loaded from a private copy of its file. The copy lies in sealed memory: a rebuild that
// writes into the file in place cannot change code that runs, and every load is a new object to the
// dynamic linker, which knows objects by name and inode. The copy's descriptor stays open as long as the
// object is loaded: should its name (/proc/self/fd/N) name another copy meanwhile, the linker would take
// that for this one.
//
// Rejected: Boost.DLL (it loads the file itself), a copy in some directory (nobody removes it after SIGKILL).
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "os/error.hpp"
#include "os/unique_fd.hpp"

namespace baton::os {

/// Which content of which file: another one after a write, a rename or a rebuild.
struct file_version {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t modified = 0;  ///< nanoseconds since the epoch
  std::int64_t changed = 0;   ///< the same, of the inode

  friend bool operator==(const file_version&, const file_version&) noexcept = default;
};

/// Of the regular file that `path` leads to now.
[[nodiscard]] result<file_version> look_at_file(const std::string& path);

class shared_object {
 public:
  /// Copies, checks and loads it: every symbol resolved now, its own visible to nobody else. The error says
  /// what the dynamic linker said. Runs the object's static constructors.
  [[nodiscard]] static result<shared_object> load(const std::string& path);

  shared_object(shared_object&& other) noexcept
      : copy_{std::move(other.copy_)}, object_{std::exchange(other.object_, nullptr)}, version_{other.version_} {}
  shared_object& operator=(shared_object&&) = delete;
  ~shared_object() { static_cast<void>(unload()); }

  /// The address of one of its symbols, null if there is none of that name.
  [[nodiscard]] const void* symbol(const char* name) const noexcept;
  [[nodiscard]] const file_version& version() const noexcept { return version_; }

  /// Unloads; none of its code may be on any thread's stack. False if the dynamic linker keeps it for
  /// good: it has a unique symbol (built without -fno-gnu-unique), another object needs it, or a thread
  /// still has destructors of its to run. Its memory is lost then. True if there is nothing to unload.
  [[nodiscard]] bool unload() noexcept;

 private:
  shared_object(unique_fd copy, void* object, file_version version) noexcept
      : copy_{std::move(copy)}, object_{object}, version_{version} {}

  unique_fd copy_;
  void* object_;
  file_version version_;
};

}  // namespace baton::os
