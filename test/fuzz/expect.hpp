// What must hold for every input: ends the process, which is what the fuzzer looks for, where it does not.
#pragma once

namespace baton::fuzz {

inline void expect(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace baton::fuzz
