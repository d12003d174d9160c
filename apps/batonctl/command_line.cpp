#include "command_line.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

namespace batonctl {

namespace po = boost::program_options;

namespace {

struct command_form {
  std::string_view name;
  std::string_view summary;
  std::string_view text;
};

constexpr std::string_view statuses =
    "Exit status: 0 done; 1 the server refuses, or what was asked has failed; 2 the command line is wrong;\n"
    "3 the server cannot be reached, or went before it answered; 4 the time is over.\n";

constexpr std::array<command_form, 8> forms{{
    {"status", "what the server does",
     "Shows phase, generation, connections by state, the progress of a drain and of an upgrade, and why the last\n"
     "upgrade failed. With --follow again and again, over upgrades, until the last generation ends; on a terminal in\n"
     "place.\n"},
    {"upgrade", "replace the process by a new one from the program file",
     "Starts the program file anew and hands the listeners over, as SIGUSR2 does. Returns when that has begun; with\n"
     "--wait when the new process serves, or has failed: then the reason and its last lines are on standard error and\n"
     "the old process serves on.\n"},
    {"reload", "read the configuration anew",
     "Reads the conf file anew, as SIGHUP does. A wrong one changes nothing, and its mistakes are on standard\n"
     "error.\n"},
    {"rollback", "take an upgrade back",
     "Lets the process before this one serve again, as long as it is still there (upgrade.guard).\n"},
    {"drain", "finish what is under way, and exit",
     "Stops accepting, finishes the requests under way and exits, as the first SIGTERM does.\n"},
    {"stop", "exit at once", "Exits at once and cuts every connection, as the second SIGTERM does.\n"},
    {"connections", "list the open connections",
     "Lists connections with peer, listener, state, age and requests. What a blocked worker has is missing; the list\n"
     "says so.\n"},
    {"history", "list the upgrades so far", "Lists the last upgrades: who asked, what became of them, and why.\n"},
}};

const command_form* find(std::string_view name) {
  const auto* const found = std::find_if(forms.begin(), forms.end(), [&](const auto& f) { return f.name == name; });
  return found == forms.end() ? nullptr : found;
}

po::options_description general_flags() {
  po::options_description all{"Flags"};
  auto add = all.add_options();
  add("control", po::value<std::string>()->value_name("PATH"), "the server's control socket (default: $BATON_CONTROL)");
  add("timeout", po::value<double>()->value_name("SECONDS"),
      "give up after this; default 10, and 3660 for upgrade --wait; no limit for --follow unless given");
  add("json", "print what the server says, for scripts");
  add("help", "print this");
  return all;
}

po::options_description flags_of(std::string_view command) {
  auto all = general_flags();
  auto add = all.add_options();
  if (command == "status") add("follow", "go on until the server has ended");
  if (command == "upgrade" || command == "rollback") add("wait", "wait for the end");
  if (command == "connections") {
    add("limit", po::value<std::int64_t>()->value_name("N"), "at most so many, 1 to 10000 (default 1000)");
  }
  return all;
}

std::string general_help() {
  std::ostringstream out;
  out << "Usage: batonctl [--control PATH] COMMAND [flags]\n\nCommands (batonctl COMMAND --help tells more):\n";
  for (const auto& form : forms) out << fmt::format("  {:<12} {}\n", form.name, form.summary);
  out << '\n' << general_flags() << '\n' << statuses;
  return out.str();
}

std::string help_of(const command_form& form) {
  std::ostringstream out;
  out << "Usage: batonctl [--control PATH] " << form.name << " [flags]\n\n";
  out << form.text << '\n' << flags_of(form.name) << '\n' << statuses;
  return out.str();
}

// The first argument that is neither a flag nor the value of one.
std::optional<std::size_t> find_command(const std::vector<std::string>& all) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i] == "--control" || all[i] == "--timeout" || all[i] == "--limit") {
      ++i;
    } else if (!all[i].starts_with('-')) {
      return i;
    }
  }
  return std::nullopt;
}

std::chrono::milliseconds time_of(double seconds) {
  if (!std::isfinite(seconds) || seconds <= 0 || seconds > 1e6) {
    throw usage_error{"--timeout: write a number of seconds above 0"};
  }
  return std::chrono::milliseconds{static_cast<std::int64_t>(std::ceil(seconds * 1000))};
}

std::chrono::milliseconds default_time(const arguments& from) {
  using namespace std::chrono_literals;
  if (from.follow) return 24h * 365;
  return from.wait ? 3660s : 10s;  // upgrade.timeout is an hour at most
}

std::string control_of(const po::variables_map& given) {
  if (given.contains("control")) return given["control"].as<std::string>();
  const char* const path = std::getenv("BATON_CONTROL");
  if (path != nullptr && *path != '\0') return path;
  throw usage_error{
      "which server? Name its control socket (its option `control`) by --control PATH or in $BATON_CONTROL"};
}

arguments interpret(const std::string& command, const po::variables_map& given) {
  arguments result;
  result.command = command;
  result.control = control_of(given);
  result.json = given.contains("json");
  result.follow = given.contains("follow");
  result.wait = given.contains("wait");
  if (given.contains("limit")) result.limit = given["limit"].as<std::int64_t>();
  if (result.limit < 1 || result.limit > 10'000) throw usage_error{"--limit: write a number from 1 to 10000"};
  result.timeout = given.contains("timeout") ? time_of(given["timeout"].as<double>()) : default_time(result);
  return result;
}

}  // namespace

arguments parse_arguments(int argc, char** argv) {
  std::vector<std::string> all{argv + 1, argv + argc};
  const auto at = find_command(all);
  const bool help = std::find(all.begin(), all.end(), "--help") != all.end();
  if (!at) {
    if (!help) throw usage_error{"no command given\n\n" + general_help()};
    arguments result;
    result.help = general_help();
    return result;
  }
  const std::string command = all[*at];
  const command_form* const form = find(command);
  if (form == nullptr) throw usage_error{"there is no command '" + command + "'; batonctl --help lists them"};
  if (help) {
    arguments result;
    result.help = help_of(*form);
    return result;
  }
  all.erase(all.begin() + static_cast<std::ptrdiff_t>(*at));
  try {
    using style = po::command_line_style::style_t;
    po::variables_map given;
    const auto flags = flags_of(command);
    const po::positional_options_description none;
    const int exact = po::command_line_style::unix_style & ~style::allow_guessing;
    po::store(po::command_line_parser{all}.options(flags).positional(none).style(exact).run(), given);
    return interpret(command, given);
  } catch (const po::error& error) {
    throw usage_error{std::string{error.what()} + "; batonctl " + command + " --help tells more"};
  }
}

}  // namespace batonctl
