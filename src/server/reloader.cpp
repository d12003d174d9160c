#include "server/reloader.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/log.hpp"
#include "config/differences.hpp"
#include "server/log_output.hpp"

namespace baton {
namespace {

class plain_change final : public prepared_change {
 public:
  plain_change(const std::function<void(const options&)>& apply, const options& after) : apply_{apply}, after_{after} {}
  void commit() override { apply_(after_); }

 private:
  const std::function<void(const options&)> apply_;
  const options& after_;
};

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end != 0) lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// A part's or hook's failure is its own affair: the others follow the new settings.
template <class Step>
void attempt(std::string_view what, Step&& step) {
  try {
    step();
  } catch (const std::exception& error) {
    log::error("{} failed: {}; the other new settings are in force", what, error.what());
  }
}

// The threads exist already, and the route; what has been given up cannot be had again.
std::string_view when_not_now(std::string_view option) {
  if (option == "privileges.user" || option == "privileges.group") return " (takes effect with the next restart)";
  const bool waits = option == "threads" || option == "blocking.threads" || option == "shutdown.readiness" ||
                     option.starts_with("privileges.");
  return waits ? " (takes effect with the next upgrade)" : "";
}

}  // namespace

reload_part applies(std::function<void(const options&)> apply) {
  return [apply = std::move(apply)](const settings_change& change) -> std::unique_ptr<prepared_change> {
    return std::make_unique<plain_change>(apply, change.after);
  };
}

reloader::reloader(config::outcome& in_force, std::function<config::outcome()> read)
    : in_force_{in_force}, read_{std::move(read)} {}

void reloader::reopen_log() const {
  if (in_force_.settings.log_file.empty()) return;
  if (const auto opened = log_to(in_force_.settings.log_file); !opened) {
    log::error("cannot open the log file anew: {}; the old one is written on", opened.error().text());
  } else {
    log::info("log file opened anew");
  }
}

reloader::prepared reloader::prepare(const settings_change& change) const {
  prepared ready;
  for (const reload_part& part : parts_) {
    if (auto one = part(change)) ready.push_back(std::move(one));
  }
  return ready;
}

reload_outcome reloader::refused(std::string_view by, std::vector<std::string> reasons) {
  for (const std::string& reason : reasons) log::error("{}", reason);
  log::error("reload asked for by {} refused; configuration unchanged", by);
  return {false, std::move(reasons)};
}

reload_outcome reloader::reload(std::string_view by) {
  config::outcome next;
  prepared ready;
  try {
    next = read_();
    if (next.next != config::action::run) return refused(by, lines_of(next.err));
    ready = prepare({in_force_.settings, next.settings});
  } catch (const std::exception& error) {
    return refused(by, {error.what()});
  }
  reload_outcome result{true, describe(next)};
  for (const auto& each : ready) {
    for (std::string& change : each->changes()) result.messages.push_back(std::move(change));
  }
  for (const auto& each : ready) attempt("a part of the reload", [&] { each->commit(); });
  ready.clear();
  take_over(std::move(next));
  if (hook_) attempt("the reload hook", hook_);
  for (const std::string& message : result.messages) log::info("{}", message);
  log::info("configuration reloaded, asked for by {}{}", by, result.messages.empty() ? "; nothing has changed" : "");
  return result;
}

// In place: others refer to the settings and to the texts of own options.
void reloader::take_over(config::outcome next) {
  in_force_.settings = std::move(next.settings);
  for (auto& [name, value] : next.own) in_force_.own[name] = std::move(value);
}

std::vector<std::string> reloader::describe(const config::outcome& next) const {
  std::vector<std::string> all;
  for (config::difference& each : config::differences(in_force_, next)) {
    each.text += when_not_now(each.name);
    all.push_back(std::move(each.text));
  }
  return all;
}

}  // namespace baton
