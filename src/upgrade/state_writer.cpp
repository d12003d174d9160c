#include <baton/handover.hpp>

#include <stdexcept>

namespace baton {

void state_writer::write(std::string_view bytes) {
  if (!complete_) throw std::runtime_error{"an earlier piece of the state is missing"};
  if (bytes.size() > left_) {
    complete_ = false;
    throw std::length_error{"the state is larger than upgrade.state_limit allows"};
  }
  try {
    sink_(bytes);
  } catch (...) {
    complete_ = false;
    throw;
  }
  left_ -= bytes.size();
}

}  // namespace baton
