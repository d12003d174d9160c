#include "config/command_line.hpp"

#include <utility>

#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/value_semantic.hpp>

#include "config/forms.hpp"

namespace baton::config {
namespace {

namespace po = boost::program_options;

// A `--version` without a text travels under this name where `version` is an own option.
constexpr const char* bare_version = "print-version";

po::options_description describe(const table& options) {
  po::options_description all;
  const auto add = [&](std::string_view name, bool takes_value) {
    const std::string text{name};
    if (takes_value) {
      all.add_options()(text.c_str(), po::value<std::string>());
    } else {
      all.add_options()(text.c_str(), "");
    }
  };
  for (const auto& entry : options) add(entry.name, true);
  for (const auto& flag : special_flags()) {
    if (find(options, flag.name) == nullptr) add(flag.name, !flag.hint.empty());
  }
  add(bare_version, false);
  return all;
}

void mark_bare_versions(std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool bare = i + 1 == arguments.size() || arguments[i + 1].starts_with("--");
    if (arguments[i] == "--version" && bare) arguments[i] = std::string{"--"} + bare_version;
  }
}

/// `--name=` is an empty value; Program_options by itself refuses it.
std::vector<po::option> take_empty_value(std::vector<std::string>& arguments) {
  const auto& first = arguments.front();
  const bool empty_value = first.size() > 3 && first.starts_with("--") && first.find('=') == first.size() - 1;
  if (!empty_value) return {};
  po::option option;
  option.string_key = first.substr(2, first.size() - 3);
  option.value.emplace_back();
  option.original_tokens.push_back(first);
  arguments.erase(arguments.begin());
  return {option};
}

po::parsed_options tokenise(const std::vector<std::string>& arguments, const po::options_description& description) {
  using namespace po::command_line_style;
  return po::command_line_parser{arguments}
      .options(description)
      .style(allow_long | long_allow_adjacent | long_allow_next)
      .extra_style_parser(take_empty_value)
      .allow_unregistered()
      .run();
}

std::string explain(const po::error& error) {
  const auto* const named = dynamic_cast<const po::error_with_option_name*>(&error);
  if (named == nullptr) return error.what();
  const auto name = named->get_option_name();
  const auto* const syntax = dynamic_cast<const po::invalid_syntax*>(&error);
  if (syntax == nullptr) return error.what();
  switch (syntax->kind()) {
    case po::invalid_syntax::missing_parameter:
      return name + ": needs a value";
    case po::invalid_syntax::extra_parameter:
      return name + ": takes no value";
    default:
      return error.what();
  }
}

class option_sorter {
 public:
  option_sorter(command_line& into, bool own_version) : into_{into}, own_version_{own_version} {}

  void take(const po::option& option) {
    const auto& name = option.string_key;
    const auto value = option.value.empty() ? std::string{} : option.value.front();
    const bool after_unknown = std::exchange(after_unknown_, option.unregistered && option.value.empty());
    if (name.empty()) {
      // Probably the value of the unknown option before it, which is complained of already.
      if (!after_unknown) complain("unexpected argument " + in_quotes(value) + "; options are written --name value");
    } else if (name == "config") {
      take_conf_file(value);
    } else if (auto* const flag = special(name)) {
      *flag = true;
    } else {
      into_.settings.push_back({name, value, {}});
    }
  }

 private:
  void take_conf_file(const std::string& path) {
    if (path.empty()) return complain("--config: needs a file name");
    if (!into_.conf_file.empty()) return complain("--config: given twice; there is one conf file");
    into_.conf_file = path;
  }

  bool* special(const std::string& name) {
    if (name == "help") return &into_.help;
    if (name == "supervise") return &into_.supervise;
    if (name == "check-config") return &into_.check_config;
    if (name == "print-config") return &into_.print_config;
    if (name == bare_version || (name == "version" && !own_version_)) return &into_.version;
    return nullptr;
  }

  void complain(std::string text) { into_.complaints.push_back({{}, std::move(text)}); }

  command_line& into_;
  bool own_version_;
  bool after_unknown_ = false;
};

}  // namespace

const std::vector<special_flag>& special_flags() {
  static const std::vector<special_flag> flags{
      {"config", "FILE", "Reads options from FILE. What the command line says wins."},
      {"check-config", "", "Checks command line and file, and exits: 0 if both are right, 2 if not."},
      {"print-config", "", "Prints the options in force as a conf file, and exits."},
      {"supervise", "", "Stays in front of the server and its later generations: for PID 1 in a container."},
      {"version", "", "Prints the version, and exits."},
      {"help", "", "Prints this, and exits."},
  };
  return flags;
}

command_line split_command_line(std::vector<std::string> arguments, const table& options) {
  command_line result;
  const bool own_version = find(options, "version") != nullptr;
  if (own_version) mark_bare_versions(arguments);
  try {
    option_sorter sorter{result, own_version};
    const auto description = describe(options);
    for (const auto& option : tokenise(arguments, description).options) sorter.take(option);
  } catch (const po::error& error) {
    result.complaints.push_back({{}, explain(error)});
  }
  return result;
}

}  // namespace baton::config
