// Reading open files at a place, without moving the descriptor's own offset, so that many answers may
// share one descriptor.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <baton/file_content.hpp>

#include "os/error.hpp"
#include "os/unique_fd.hpp"

namespace baton::os {

/// Fills `into` from `offset` on; fewer bytes only where the file ends. May wait for the disk.
result<std::size_t> read_at(fd_view file, std::uint64_t offset, std::span<char> into);

/// The same of a body's file, wherever it is.
result<std::size_t> read_at(const file_content& file, std::uint64_t offset, std::span<char> into);

/// The whole body, of which the caller knows that it is small. Fails (without a system's code) where the
/// file has become too short.
result<std::string> read_content(const file_content& content);

}  // namespace baton::os
