// What a program's callbacks are told about an upgrade; application.hpp says when they are called.
#pragma once

#include <string>

#include <sys/types.h>

namespace baton {

/// An upgrade that has been asked for; nothing has been started yet.
struct upgrade_attempt {
  unsigned generation = 0;  ///< of this process
  std::string binary;       ///< absolute path of what will run; it is read after the callbacks have returned
};

/// The process that has taken over.
struct successor {
  pid_t pid = 0;
  unsigned generation = 0;
};

}  // namespace baton
