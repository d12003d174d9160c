#include "server/reload_history.hpp"

#include <exception>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "http/json_text.hpp"
#include "server/control_json.hpp"

namespace baton {
namespace {

namespace json = boost::json;

constexpr std::size_t most_messages = 8;
constexpr std::size_t longest_message = 200;

json::string text(std::string_view bytes) {
  return json::string{http::to_utf8(bytes)};
}

// Throws for a member that is missing or of another kind.
reload_entry to_entry(const json::object& from) {
  reload_entry one;
  one.at = control_json::parse_time(std::string{from.at("at").as_string()});
  one.generation = from.at("generation").to_number<unsigned>();
  one.by = from.at("by").as_string();
  one.done = from.at("done").as_bool();
  for (const json::value& each : from.at("messages").as_array()) one.messages.emplace_back(each.as_string());
  return one;
}

}  // namespace

void reload_history::add(reload_entry entry) {
  if (entry.messages.size() > most_messages) entry.messages.resize(most_messages);
  for (std::string& each : entry.messages) {
    if (each.size() > longest_message) each.resize(longest_message);
  }
  if (entries_.size() == most) entries_.erase(entries_.begin());
  entries_.push_back(std::move(entry));
  save();
}

void reload_history::save() {
  json::array all;
  for (const reload_entry& each : entries_) {
    json::array messages;
    for (const std::string& line : each.messages) messages.emplace_back(text(line));
    all.emplace_back(json::object{{"at", control_json::format_time(each.at)},
                                  {"generation", each.generation},
                                  {"by", text(each.by)},
                                  {"done", each.done},
                                  {"messages", std::move(messages)}});
  }
  std::string made = json::serialize(all);
  const std::lock_guard lock{mutex_};
  saved_ = std::move(made);
}

std::string reload_history::saved() const {
  const std::lock_guard lock{mutex_};
  return saved_;
}

void reload_history::restore(std::string_view saved) {
  boost::system::error_code wrong;
  const json::value parsed = json::parse(saved, wrong);
  if (wrong || !parsed.is_array()) return;
  for (const json::value& each : parsed.get_array()) {
    try {
      add(to_entry(each.as_object()));
    } catch (const std::exception&) {  // another build's
    }
  }
}

}  // namespace baton
