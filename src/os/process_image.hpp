// What it takes to start this program again: captured first thing in `main`, before anything can
// change the directory or the environment. The binary is remembered by the name it was started with,
// not by its inode, so that a file put in its place or a flipped symlink is what runs next.
// /proc/self/exe is never asked: it names the old file, deleted or not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace baton::os {

struct process_image {
  /// What execve gets, from `directory`: argv[0] as it is if it has a slash, else what PATH gave for it
  /// at the start, else argv[0] again (execve will then say what is wrong).
  std::string binary;
  std::vector<std::string> arguments;    ///< argv, argv[0] included
  std::vector<std::string> environment;  ///< `NAME=value`, without the variables below
  /// $PWD if it names the current directory (it may go through symlinks, which are followed anew at
  /// each start), else what getcwd says; empty if that fails: then the directory stays as it is.
  std::string directory;

  /// Copies it all. Main thread, before any other thread exists.
  [[nodiscard]] static process_image capture(int argc, const char* const* argv);

  /// `path` as it is if it is absolute, else below the start directory.
  [[nodiscard]] std::string from_directory(const std::string& path) const;

  /// The same program with `argument` put in front of its own arguments.
  [[nodiscard]] process_image with_first_argument(std::string argument) const;
};

/// A process that was executed from a descriptor is called after that in ps and top; this names it after
/// `image.binary` instead. Nothing for one that was executed by its path. Main thread.
void restore_process_name(const process_image& image) noexcept;

/// Variables that describe one process's inheritance and must not reach the next one by accident:
/// LISTEN_PID, LISTEN_PIDFDID, LISTEN_FDS, LISTEN_FDNAMES, BATON_CHANNEL_FD, BATON_STDERR_FD.
[[nodiscard]] bool is_inheritance_variable(std::string_view name) noexcept;

}  // namespace baton::os
