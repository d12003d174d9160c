#include "os/file_identity.hpp"

#include <sys/stat.h>

namespace baton::os {
namespace {

std::int64_t nanoseconds(const timespec& time) noexcept {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

bool file_identity::regular() const noexcept {
  return S_ISREG(mode);
}

bool file_identity::executable() const noexcept {
  return regular() && (mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
}

std::optional<file_identity> identify(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return file_identity{info.st_dev, info.st_ino, info.st_size, nanoseconds(info.st_mtim), nanoseconds(info.st_ctim),
                       info.st_mode};
}

}  // namespace baton::os
