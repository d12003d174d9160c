#include "upgrade/child_output.hpp"

#include <array>

namespace baton::upgrade {

child_output::child_output(boost::asio::io_context& context, os::unique_fd pipe, os::fd_view sink)
    : pipe_{context, pipe.release()}, sink_{sink} {}

void child_output::start() {
  wait();
}

void child_output::wait() {
  pipe_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                   [this, alive = std::weak_ptr{alive_}](boost::system::error_code failure) {
                     if (failure || alive.expired()) return;
                     if (read_once() == os::read_outcome::end) {
                       pipe_.close();
                     } else {
                       wait();
                     }
                   });
}

void child_output::drain() {
  // Bounded: somebody who writes faster than we read must not keep us here.
  for (int i = 0; i < max_reads_at_the_end && pipe_.is_open(); ++i) {
    if (read_once() != os::read_outcome::data) return;
  }
}

os::read_outcome child_output::read_once() {
  std::array<char, 4096> buffer;
  const auto got = os::read_some(os::fd_view{pipe_.native_handle()}, buffer.data(), buffer.size());
  if (!got) return os::read_outcome::end;
  if (got->outcome == os::read_outcome::data) {
    tail_.append({buffer.data(), got->size});
    os::write_all(sink_, buffer.data(), got->size);
  }
  return got->outcome;
}

}  // namespace baton::upgrade
