#include "support/leak_check.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <thread>

#include "support/eventually.hpp"
#include "support/proc.hpp"

namespace baton::test {
namespace {

// ThreadSanitizer starts a thread of its own with the first that the program starts, and keeps it.
std::size_t lasting_threads() {
#ifdef __SANITIZE_THREAD__
  std::thread{[] {}}.join();
  // The joined one may show for a moment yet.
  static_cast<void>(eventually(5s, [] { return proc::threads(::getpid()) == 2; }));
#endif
  return proc::threads(::getpid());
}

}  // namespace

leak_check::leak_check()
    : descriptors_{proc::descriptors(::getpid())},
      threads_{lasting_threads()},
      children_{proc::children(::getpid()).size()} {}

void leak_check::teardown() {
  const auto self = ::getpid();
  BOOST_CHECK_MESSAGE(eventually(5s, [&] { return proc::descriptors(self) == descriptors_; }),
                      "leaked descriptors:\n"
                          << proc::describe_descriptors(self));
  BOOST_CHECK_MESSAGE(eventually(5s, [&] { return proc::threads(self) == threads_; }),
                      "leaked threads: " << proc::threads(self) << " instead of " << threads_);
  BOOST_CHECK_MESSAGE(eventually(5s, [&] { return proc::children(self).size() == children_; }),
                      "leaked processes: " << proc::children(self).size() << " instead of " << children_);
}

}  // namespace baton::test
