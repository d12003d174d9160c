// What a file must have before the dynamic linker may see it. A shared object of which only a part has been
// written can pass the linker's own checks, and then ends the process by SIGBUS when something behind its
// end is touched. So everything that its tables speak of must be inside; linkers and copies write the
// section table last.
#pragma once

#include <string>
#include <string_view>

namespace baton::os {

/// What is wrong with `file`, a whole file's bytes, as a shared object for this machine; empty if nothing is.
[[nodiscard]] std::string problem_of_object(std::string_view file);

}  // namespace baton::os
