#include "server/watched_file.hpp"

namespace baton {

void watched_file::happened(os::directory_event::kind what, const identity& now) noexcept {
  using kind = os::directory_event::kind;
  seen_ = now;
  switch (what) {
    case kind::made:
      // A hard link that is made is complete; what is opened to be written begins empty.
      being_written_ = now && now->regular() && now->size == 0;
      return;
    case kind::written:
      being_written_ = true;
      return;
    case kind::touched:
      return;
    case kind::replaced:
    case kind::closed:
    case kind::gone:
    case kind::lost:
      being_written_ = false;
      return;
  }
}

void watched_file::moved(const identity& now) noexcept {
  seen_ = now;
  being_written_ = false;
}

watched_file::verdict watched_file::look(const identity& now) noexcept {
  const bool same = seen_ == now;
  seen_ = now;
  if (!now || now == known_) return verdict::nothing;
  if (being_written_) return verdict::open;
  if (!same) return verdict::unsure;
  if (needed_ == fitness::executable && !now->executable()) return verdict::unfit;
  return verdict::changed;
}

}  // namespace baton
