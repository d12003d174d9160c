// A reload from the reader's words to the parts: all of them or none.
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "server/reloader.hpp"

namespace baton {
namespace {

// A part that writes down what happens to it.
class noted_change final : public prepared_change {
 public:
  noted_change(std::vector<std::string>& notes, std::string name) : notes_{notes}, name_{std::move(name)} {
    notes_.push_back(name_ + " ready");
  }
  ~noted_change() override {
    if (!committed_) notes_.push_back(name_ + " undone");
  }
  void commit() override {
    committed_ = true;
    notes_.push_back(name_ + " changed");
  }

 private:
  std::vector<std::string>& notes_;
  const std::string name_;
  bool committed_ = false;
};

struct fixture {
  static config::outcome parse(const std::string& text) {
    config::parser subject{[text](const std::string&) { return config::file_content{text, {}}; }};
    subject.add_option("greeting", "", "hello");
    const char* const arguments[] = {"server", "--config", "test.conf"};
    return subject.parse(3, arguments);
  }
  void add(const std::string& name) {
    subject.add([this, name](const settings_change&) { return std::make_unique<noted_change>(notes, name); });
  }
  void is(const std::vector<std::string>& expected) const {
    BOOST_TEST(notes == expected, boost::test_tools::per_element());
  }

  std::string text;
  std::vector<std::string> notes;
  config::outcome in_force = parse("");
  reloader subject{in_force, [this] { return parse(text); }};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_reload, fixture)

BOOST_AUTO_TEST_CASE(makes_every_part_ready_before_it_changes_any) {
  add("a");
  add("b");
  const reload_outcome result = subject.reload("test");
  BOOST_TEST(result.ok);
  is({"a ready", "b ready", "a changed", "b changed"});
}

BOOST_AUTO_TEST_CASE(gives_parts_both_settings_and_then_puts_the_new_ones_in_their_place) {
  const options& settings = in_force.settings;
  const std::string& greeting = in_force.own.at("greeting");
  text = "greeting = good day\n[limits]\nbody = 5\n";
  std::optional<std::uint64_t> before;
  std::optional<std::uint64_t> after;
  subject.add([&](const settings_change& change) -> std::unique_ptr<prepared_change> {
    before = change.before.limits.body;
    after = change.after.limits.body;
    return nullptr;
  });
  BOOST_TEST(subject.reload("test").ok);
  BOOST_TEST(*before == options{}.limits.body);
  BOOST_TEST(*after == 5U);
  BOOST_TEST(settings.limits.body == 5U);
  BOOST_TEST(greeting == "good day");
}

BOOST_AUTO_TEST_CASE(undoes_what_was_ready_when_a_later_part_refuses) {
  add("a");
  subject.add(
      [](const settings_change&) -> std::unique_ptr<prepared_change> { throw std::runtime_error{"not today"}; });
  add("c");
  text = "[limits]\nbody = 5\n";
  const reload_outcome result = subject.reload("test");
  BOOST_TEST(!result.ok);
  BOOST_TEST(result.messages == std::vector<std::string>{"not today"}, boost::test_tools::per_element());
  BOOST_TEST(in_force.settings.limits.body == options{}.limits.body);
  is({"a ready", "a undone"});
}

BOOST_AUTO_TEST_CASE(of_a_bad_file_changes_nothing_and_names_every_line) {
  add("a");
  bool told = false;
  subject.on_reload([&] { told = true; });
  text = "threads = many\n[limits]\nbody = 5\nhaed = 1k\n";
  const reload_outcome result = subject.reload("test");
  BOOST_TEST(!result.ok);
  BOOST_REQUIRE(result.messages.size() == 2U);
  BOOST_TEST(result.messages[0].starts_with("test.conf:1: "), result.messages[0]);
  BOOST_TEST(result.messages[1].starts_with("test.conf:4: "), result.messages[1]);
  BOOST_TEST(in_force.settings.limits.body == options{}.limits.body);
  BOOST_TEST(!told);
  is({});
}

BOOST_AUTO_TEST_CASE(goes_on_when_a_part_fails_to_change) {
  subject.add(applies([](const options&) { throw std::runtime_error{"too late"}; }));
  add("b");
  text = "[limits]\nbody = 5\n";
  BOOST_TEST(subject.reload("test").ok);
  BOOST_TEST(in_force.settings.limits.body == 5U);
  is({"b ready", "b changed"});
}

BOOST_AUTO_TEST_CASE(tells_the_program_last_and_survives_what_it_throws) {
  add("a");
  subject.on_reload([&] {
    notes.push_back("told: " + in_force.own.at("greeting"));
    throw std::runtime_error{"the program's own trouble"};
  });
  text = "greeting = good day\n";
  BOOST_TEST(subject.reload("test").ok);
  is({"a ready", "a changed", "told: good day"});
}

BOOST_AUTO_TEST_CASE(says_what_changed_and_what_has_to_wait_for_an_upgrade) {
  text = "threads = 7\n[limits]\nbody = 5\n";
  const reload_outcome result = subject.reload("test");
  const std::vector<std::string> expected{"threads: 0 -> 7 (takes effect with the next upgrade)",
                                          "limits.body: 8m -> 5"};
  BOOST_TEST(result.messages == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(can_follow_another) {
  add("a");
  for (const char* body : {"5", "6"}) {
    text = std::string{"[limits]\nbody = "} + body + "\n";
    BOOST_TEST(subject.reload("test").ok);
  }
  BOOST_TEST(in_force.settings.limits.body == 6U);
  BOOST_TEST(notes.size() == 4U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
