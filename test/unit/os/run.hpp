// Runs a process to its end and keeps what it wrote to its standard output.
#pragma once

#include <string>
#include <utility>

#include <boost/test/unit_test.hpp>

#include "os/child_process.hpp"
#include "os/descriptors.hpp"
#include "os/spawn.hpp"

namespace baton::unit {

inline os::process_image shell(std::string script) {
  return {"/bin/sh", {"sh", "-c", std::move(script)}, {"PATH=/bin:/usr/bin", "KEPT=yes"}, "/"};
}

inline os::process_image program(std::string path) {
  return {path, {path}, {"PATH=/bin:/usr/bin"}, "/"};
}

inline std::string read_to_end(os::fd_view fd) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const auto got = os::read_some(fd, buffer, sizeof buffer);
    BOOST_TEST_REQUIRE(got.has_value());
    if (got->outcome != os::read_outcome::data) return text;
    text.append(buffer, got->size);
  }
}

inline os::exit_status wait_for(const os::child_process& child) {
  const auto status = os::reap(child, os::reaping::wait);
  BOOST_TEST_REQUIRE((status && *status));
  return **status;
}

struct finished {
  os::exit_status status;
  pid_t pid;
  std::string output;
};

inline finished run(os::spawn_request request) {
  auto output = os::make_pipe(os::pipe_reading::blocking);
  BOOST_TEST_REQUIRE(output.has_value());
  request.standard_output = output->write;
  const auto child = os::spawn(request);
  BOOST_TEST_REQUIRE(child.has_value(), (child ? "" : child.error().text()));
  output->write.reset();
  std::string text = read_to_end(output->read);
  return {wait_for(*child), child->pid, std::move(text)};
}

}  // namespace baton::unit
