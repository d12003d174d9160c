// batonctl: what an operator or a script asks of a running server, through its control socket.
#include <cstdio>
#include <exception>

#include "client.hpp"
#include "commands.hpp"

int main(int argc, char** argv) {
  using namespace batonctl;
  const auto fail = [](const std::exception& error, exit_status status) {
    std::fprintf(stderr, "batonctl: %s\n", error.what());
    return status;
  };
  try {
    const arguments given = parse_arguments(argc, argv);
    std::fputs(given.help.c_str(), stdout);
    return given.command.empty() ? done : run(given);
  } catch (const usage_error& error) {
    return fail(error, wrong_usage);
  } catch (const unreachable& error) {
    return fail(error, not_reached);
  } catch (const timed_out& error) {
    return fail(error, too_late);
  } catch (const std::exception& error) {
    return fail(error, refused);
  }
}
