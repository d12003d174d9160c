// Closing what a new program must not have, between vfork and exec: async-signal-safe calls only, no
// memory is allocated. Not trusting CLOEXEC is the point: one library that forgets it would hand
// client connections to every later generation.
#pragma once

namespace baton::os {

/// Closes every descriptor from `first` on but `kept`. 0, or an errno. close_range where the kernel
/// has and permits it, else by the listing.
int close_others(int first, int kept) noexcept;

/// The same by /proc/self/fd: for kernels before 5.9 and filters that refuse the call.
int close_others_by_listing(int first, int kept) noexcept;

}  // namespace baton::os
