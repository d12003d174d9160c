#include "config/parser.hpp"

#include <algorithm>
#include <stdexcept>

#include "config/command_line.hpp"
#include "config/conf_file.hpp"
#include "config/resolve.hpp"
#include "config/table.hpp"
#include "config/texts.hpp"

namespace baton::config {
namespace {

bool well_formed(std::string_view name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.'; };
  return !name.empty() && name.front() != '.' && name.back() != '.' && name.find("..") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(), allowed);
}

bool is_special(std::string_view name) {
  const auto& flags = special_flags();
  return name != "version" &&
         std::any_of(flags.begin(), flags.end(), [name](const special_flag& f) { return f.name == name; });
}

std::string program_name(int argc, const char* const* argv) {
  const std::string path = argc > 0 ? argv[0] : "";
  return path.substr(path.rfind('/') + 1);
}

conf_lines read_conf_file(const file_reader& read, const std::string& path) {
  if (path.empty()) return {};
  const auto content = read(path);
  if (content.error.empty()) return split_conf_file(content.text, path);
  return {{}, {{{}, "cannot read conf file " + path + ": " + content.error}}};
}

void append(std::vector<complaint>& all, const std::vector<complaint>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

outcome exit_with(int status, std::string out, std::string err = {}) {
  outcome result;
  result.next = action::exit;
  result.exit_status = status;
  result.out = std::move(out);
  result.err = std::move(err);
  return result;
}

}  // namespace

parser::parser(file_reader read) : read_{std::move(read)}, version_{"baton 0.1.0"} {}

void parser::version(std::string text) {
  version_ = std::move(text);
}

void parser::add_option(std::string_view name, std::string_view help, std::string fallback) {
  const auto refuse = [name](const std::string& why) {
    throw std::invalid_argument{"option " + in_quotes(name) + ": " + why};
  };
  const auto same = [name](const own_option& o) { return o.name == name; };
  if (!well_formed(name)) refuse("a name has lower-case letters, digits, '_' and dots between them");
  if (is_special(name) || find(builtin_options(), name) != nullptr || std::any_of(own_.begin(), own_.end(), same)) {
    refuse("the name is taken");
  }
  std::string unused;
  if (const auto wrong = text_form{}.parse(fallback, unused)) refuse(*wrong);
  own_.push_back({std::string{name}, std::string{help}, std::move(fallback)});
}

outcome parser::parse(int argc, const char* const* argv) const {
  auto options = builtin_options();
  values defaults;
  for (const auto& own : own_) {
    options.push_back(own_option_entry(own.name, own.help));
    defaults.own[own.name] = own.fallback;
  }

  const auto line = split_command_line({argv + std::min(argc, 1), argv + argc}, options);
  if (line.help) return exit_with(0, help_text(program_name(argc, argv), options, defaults));
  if (line.version) return exit_with(0, version_ + "\n");

  const auto file = read_conf_file(read_, line.conf_file);
  auto resolved = resolve(options, defaults, file.settings, line.settings);
  auto complaints = line.complaints;
  append(complaints, file.complaints);
  append(complaints, resolved.complaints);
  // The command line's first (line zero), then the file's from top to bottom.
  std::stable_sort(complaints.begin(), complaints.end(),
                   [](const complaint& a, const complaint& b) { return a.where.line < b.where.line; });
  if (!complaints.empty()) return exit_with(2, {}, report(complaints));
  if (line.print_config) return exit_with(0, conf_text(options, resolved.result));

  outcome result = line.check_config ? exit_with(0, "configuration ok\n") : outcome{};
  result.check_only = line.check_config;
  if (line.supervise && !line.check_config) result.next = action::supervise;
  result.settings = std::move(resolved.result.settings);
  result.own = std::move(resolved.result.own);
  return result;
}

std::vector<std::string> problems(const baton::options& settings) {
  std::vector<std::string> found;
  for (const auto& option : builtin_options()) {
    values unused;
    for (const auto& text : option.print({settings, {}})) {
      if (const auto wrong = option.parse(text, unused)) found.push_back(option.name + ": " + *wrong);
    }
  }
  for (const auto& conflict : conflicts(settings)) found.push_back(conflict.name + ": " + conflict.text);
  return found;
}

}  // namespace baton::config
