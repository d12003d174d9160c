// Plugins of every kind, loaded into a server of this process: the good ones serve, the others change nothing.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <stdlib.h>

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include "os/descriptors.hpp"
#include "server/listeners.hpp"
#include "server/plugin_set.hpp"
#include "server/server_core.hpp"
#include "unit/server/running_server.hpp"

namespace baton {
namespace {

namespace fs = std::filesystem;

std::string plugin(const std::string& name) {
  return TEST_PLUGINS "/" + name + ".so";
}

std::string content(const fs::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

struct fixture {
  fixture() {
    routes.get("/plaintext", [](request&) { return response::text("the program's"); });
    routes.use([](request& req, next go_on) -> task<response> {
      response answer = co_await go_on(req);
      answer.set("X-Program", "passed");
      co_return answer;
    });
    plugins = std::make_unique<plugin_set>(routes);
    const options settings = on_any_port();
    core = std::make_unique<server_core>(settings, plugins->own_table());
    core->prepare(open_listeners(settings, {}).configured);
    core->accept();
    plugins->attach(control, *core);
    where = test::endpoint::parse("http://" + core->addresses().front());
  }
  ~fixture() {
    plugins->detach();
    core.reset();
    plugins.reset();
    fs::remove_all(directory);
  }

  // The reason, if it is refused.
  std::string load(const std::vector<std::string>& paths) {
    auto next = plugins->prepare(paths);
    if (!next) return next.error().text();
    plugins->commit(std::move(*next));
    return {};
  }
  std::string get(const std::string& path) { return test::get(where, path).body; }
  bool serves(const std::string& path, const std::string& text) {
    return eventually(patience, [&] { return get(path) == text; });
  }

  // Lets the control thread, which this one is, work.
  template <class Predicate>
  bool await(Predicate&& holds) {
    return eventually(patience, [&] {
      control.restart();
      control.poll();
      return holds();
    });
  }
  static std::size_t mapped(const std::string& name) {
    std::ifstream maps{"/proc/self/maps"};
    std::size_t count = 0;
    for (std::string line; std::getline(maps, line);) count += line.find("plugin:" + name) != line.npos ? 1 : 0;
    return count;
  }
  bool unloaded(const std::string& name) {
    return await([&] { return mapped(name + ".so") == 0; });
  }

  fs::path copy(const std::string& from, const std::string& to) {
    if (directory.empty()) {
      std::string name = fs::temp_directory_path() / "baton-plugins-XXXXXX";
      BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
      directory = name;
    }
    const fs::path fresh = directory / (to + ".new");
    fs::copy_file(plugin(from), fresh, fs::copy_options::overwrite_existing);
    fs::rename(fresh, directory / (to + ".so"));
    return directory / (to + ".so");
  }

  fs::path directory;
  router routes;
  boost::asio::io_context control;
  std::unique_ptr<plugin_set> plugins;
  std::unique_ptr<server_core> core;
  test::endpoint where;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(plugin_sets, fixture)

BOOST_AUTO_TEST_CASE(a_plugin_serves_beside_the_program_and_goes_when_it_is_dropped) {
  BOOST_TEST(load({plugin("one")}) == "");
  BOOST_TEST(serves("/plugin/version", "one"));
  BOOST_TEST(get("/plaintext") == "the program's");
  BOOST_TEST(mapped("one.so") > 0U);
  BOOST_TEST(load({}) == "");
  BOOST_TEST(eventually(patience, [&] { return test::get(where, "/plugin/version").status == 404; }));
  BOOST_TEST(get("/plaintext") == "the program's");
  BOOST_TEST(unloaded("one"));
}

BOOST_AUTO_TEST_CASE(the_program_s_middleware_goes_around_plugins) {
  BOOST_TEST(load({plugin("one")}) == "");
  BOOST_TEST(serves("/plugin/version", "one"));
  for (const auto* path : {"/plugin/version", "/plaintext", "/nowhere"}) {
    BOOST_TEST(test::get(where, path).field("x-program").value_or("?") == "passed", path);
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_loaded_leaves_the_old_one_in_place) {
  BOOST_TEST(load({plugin("one")}) == "");
  BOOST_TEST(serves("/plugin/version", "one"));
  const std::size_t descriptors = os::count_open_descriptors();
  const std::vector<std::pair<std::string, std::string>> broken{
      {"no_entry", "it defines no baton_plugin"},
      {"wrong_magic", "its baton_plugin is no plugin's description"},
      {"wrong_stamp", "it was built for \"baton plugin abi 9"},
      {"throws", "it could not be loaded: its database is away"},
      {"throws_its_own", "it threw something that is no std::exception"},
      {"unresolved", "undefined symbol: nobody_defines_this"},
      {"conflicts_with_program", "conflicts with \"GET /plaintext\" registered at"},
      {"conflicts_with_one", "conflicts with \"GET /plugin/version\" registered at"},
      {"missing", "no such file or directory"},
  };
  for (const auto& [name, reason] : broken) {
    const std::string why = load({plugin("one"), plugin(name)});
    const std::string subject = name == "missing" ? "open " + plugin(name) : plugin(name);
    BOOST_TEST(why.starts_with("cannot load plugin: " + subject + ": "), why);
    BOOST_TEST(why.find(reason) != std::string::npos, why);
    BOOST_TEST(unloaded(name), name);
    BOOST_TEST(get("/plugin/version") == "one");
  }
  BOOST_TEST(await([&] { return os::count_open_descriptors() <= descriptors; }));
}

BOOST_AUTO_TEST_CASE(a_reload_takes_the_file_that_has_changed_and_no_other) {
  const fs::path file = copy("one", "changing");
  const std::vector<std::string> paths{file, plugin("lasting")};
  BOOST_TEST(load(paths) == "");
  BOOST_TEST(serves("/plugin/version", "one"));
  const auto nothing = plugins->reload("a test");
  BOOST_TEST(nothing.ok);
  BOOST_TEST(nothing.messages.front() == "no plugin has changed");
  copy("two", "changing");
  const auto done = plugins->reload("a test");
  BOOST_TEST(done.ok);
  BOOST_REQUIRE(done.messages.size() == 2U);
  BOOST_TEST(done.messages[0] == "plugin versioned two (" + file.string() + ") is loaded");
  BOOST_TEST(done.messages[1] == "plugin versioned one (" + file.string() + ") takes no new requests");
  BOOST_TEST(serves("/plugin/version", "two"));
  BOOST_TEST(get("/lasting") == "lasting");
}

BOOST_AUTO_TEST_CASE(a_half_written_file_changes_nothing) {
  const fs::path file = copy("one", "half");
  BOOST_TEST(load({file}) == "");
  BOOST_TEST(serves("/plugin/version", "one"));
  fs::resize_file(file, fs::file_size(file) / 2);
  const auto refused = plugins->reload("a test");
  BOOST_TEST(!refused.ok);
  BOOST_TEST(refused.messages.front() == "cannot load plugin: " + file.string() + ": it is not complete");
  BOOST_TEST(get("/plugin/version") == "one");
}

BOOST_AUTO_TEST_CASE(a_handler_s_exception_of_its_own_type_is_a_500) {
  BOOST_TEST(load({plugin("one")}) == "");
  BOOST_TEST(serves("/plugin/version", "one"));
  BOOST_TEST(test::get(where, "/plugin/throw").status == 500);
  BOOST_TEST(load({}) == "");
  BOOST_TEST(unloaded("one"));
}

BOOST_AUTO_TEST_CASE(code_that_is_held_stays_until_it_is_let_go_of) {
  BOOST_TEST(load({plugin("one")}) == "");
  BOOST_TEST(serves("/plugin/version", "one"));
  const auto begun = std::chrono::steady_clock::now();
  BOOST_TEST(get("/plugin/background?ms=700") == "one");
  BOOST_TEST(load({plugin("two")}) == "");
  BOOST_TEST(serves("/plugin/version", "two"));
  const auto held = [&] { return std::chrono::steady_clock::now() - begun < 600ms; };
  while (held()) {
    BOOST_TEST(await([&] { return true; }));
    const bool there = mapped("one.so") > 0;
    if (held()) BOOST_REQUIRE(there);
  }
  BOOST_TEST(unloaded("one"));
}

BOOST_AUTO_TEST_CASE(unload_is_called_once_before_the_object_s_end) {
  const fs::path log = copy("one", "log").replace_extension("log");
  ::setenv("HOTCHECK_PLUGIN_LOG", log.c_str(), 1);
  BOOST_TEST(load({plugin("lasting")}) == "");
  BOOST_TEST(serves("/lasting", "lasting"));
  BOOST_TEST(content(log) == "constructed\nloaded\n");
  BOOST_TEST(load({}) == "");
  BOOST_TEST(unloaded("lasting"));
  BOOST_TEST(content(log) == "constructed\nloaded\nunloaded\ndestroyed\n");
  ::unsetenv("HOTCHECK_PLUGIN_LOG");
}

BOOST_AUTO_TEST_CASE(one_that_is_named_twice_is_refused) {
  BOOST_TEST(load({plugin("one"), plugin("one")}) == "cannot load plugin: " + plugin("one") + ": it is named twice");
}

BOOST_AUTO_TEST_CASE(a_check_finds_what_is_wrong_and_keeps_nothing) {
  BOOST_TEST(problem_of_plugins({plugin("one"), plugin("lasting")}) == "");
  BOOST_TEST(problem_of_plugins({plugin("one"), plugin("conflicts_with_one")}).find("conflicts with") !=
             std::string::npos);
  BOOST_TEST(problem_of_plugins({plugin("throws")}).find("its database is away") != std::string::npos);
  for (const auto* name : {"one", "lasting", "conflicts_with_one", "throws"}) BOOST_TEST(mapped(name) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
