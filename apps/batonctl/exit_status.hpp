// What a script sees of batonctl.
#pragma once

namespace batonctl {

enum exit_status : int {
  done = 0,
  refused = 1,  ///< the server says no, or what was asked has failed
  wrong_usage = 2,
  not_reached = 3,  ///< nobody is there, or went before the answer
  too_late = 4
};

}  // namespace batonctl
