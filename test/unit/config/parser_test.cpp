#include "config/parser.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace baton::config;
using namespace std::chrono_literals;

namespace {

/// Parses the arguments with one conf file, `c`, of the given text.
outcome parse(std::vector<const char*> arguments, const std::string& file = "", parser* with = nullptr) {
  const file_reader read = [&](const std::string& path) {
    return path == "c" ? file_content{file, ""} : file_content{"", "no such file"};
  };
  arguments.insert(arguments.begin(), "/usr/bin/server");
  parser fresh{read};
  return (with != nullptr ? *with : fresh).parse(static_cast<int>(arguments.size()), arguments.data());
}

outcome parse_file(const std::string& file) {
  return parse({"--config", "c"}, file);
}

std::string joined(const std::vector<std::string>& all) {
  std::string out;
  for (const auto& one : all) out += one + " ";
  return out;
}

void check_refused(const outcome& result, const std::string& expected) {
  BOOST_TEST((result.next == action::exit));
  BOOST_TEST(result.exit_status == 2);
  BOOST_TEST(result.out == "");
  BOOST_TEST(result.err == expected);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(parser_suite)

BOOST_AUTO_TEST_CASE(nothing_given_leaves_the_defaults) {
  const auto result = parse({});
  BOOST_TEST((result.next == action::run));
  BOOST_TEST(joined(result.settings.listen) == "127.0.0.1:8080 ");
  BOOST_TEST(result.settings.limits.head == 16384U);
  BOOST_TEST(result.err == "");
}

BOOST_AUTO_TEST_CASE(flags_are_written_with_a_blank_or_an_equals_sign) {
  const auto result = parse({"--threads", "4", "--limits.head=32k", "--timeouts.idle", "2m", "--log=debug"});
  BOOST_TEST((result.next == action::run), result.err);
  BOOST_TEST(result.settings.threads == 4U);
  BOOST_TEST(result.settings.limits.head == 32768U);
  BOOST_TEST((result.settings.timeouts.idle == 2min));
  BOOST_TEST((result.settings.log == baton::log_level::debug));
}

BOOST_AUTO_TEST_CASE(an_empty_value_can_be_given) {
  BOOST_TEST(parse({"--server_name="}).settings.server_name == "");
  BOOST_TEST(parse({"--server_name", ""}).settings.server_name == "");
  BOOST_TEST(parse_file("server_name =\n").settings.server_name == "");
}

BOOST_AUTO_TEST_CASE(listen_is_repeatable_and_replaces_the_default) {
  BOOST_TEST(joined(parse({"--listen", ":0", "--listen=unix:/a"}).settings.listen) == ":0 unix:/a ");
  BOOST_TEST(joined(parse_file("listen = :1\nlisten = :2\n").settings.listen) == ":1 :2 ");
}

BOOST_AUTO_TEST_CASE(the_file_sets_every_kind_of_value) {
  const auto result = parse_file(
      "pid_file = /run/b.pid\n[drain]\nidle = linger\n[unix]\nmode = 0600\nowner = www:www\n"
      "[blocking]\nqueue = 0\n[upgrade]\ntimeout = 100ms\n[limits]\nbody = 1g\n");
  BOOST_TEST((result.next == action::run), result.err);
  BOOST_TEST(result.settings.pid_file == "/run/b.pid");
  BOOST_TEST((result.settings.drain.idle == baton::idle_policy::linger));
  BOOST_TEST(result.settings.unix_socket.mode == 0600U);
  BOOST_TEST(result.settings.unix_socket.owner == "www:www");
  BOOST_TEST(result.settings.blocking.queue == 0U);
  BOOST_TEST((result.settings.upgrade.timeout == 100ms));
  BOOST_TEST(result.settings.limits.body == 1U << 30);
}

BOOST_AUTO_TEST_CASE(the_command_line_wins_over_the_file) {
  const auto result = parse({"--threads", "4", "--config", "c", "--listen", ":9"},
                            "listen = :1\nlisten = :2\nthreads = 2\nbacklog = 16\n");
  BOOST_TEST(result.settings.threads == 4U);
  BOOST_TEST(result.settings.backlog == 16);
  BOOST_TEST(joined(result.settings.listen) == ":9 ");
}

BOOST_AUTO_TEST_CASE(an_unknown_option_of_the_file_is_named_with_its_line_and_what_was_meant) {
  check_refused(parse_file("\n[limits]\nhaed = 1k\n"),
                "c:3: unknown option 'limits.haed'; did you mean 'limits.head'?\n");
  check_refused(parse_file("[blocking]\nlisten = :1\n"),
                "c:2: unknown option 'blocking.listen'; did you mean 'listen'? It stands above the first [group].\n");
  check_refused(parse_file("zzz = 1\n"), "c:1: unknown option 'zzz'\n");
}

BOOST_AUTO_TEST_CASE(an_unknown_flag_is_named_with_what_was_meant) {
  check_refused(parse({"--limits.haed", "1k"}), "unknown option '--limits.haed'; did you mean '--limits.head'?\n");
  check_refused(parse({"--limits.haed=1k"}), "unknown option '--limits.haed'; did you mean '--limits.head'?\n");
  check_refused(parse({"--check-confg"}), "unknown option '--check-confg'; did you mean '--check-config'?\n");
}

BOOST_AUTO_TEST_CASE(flags_cannot_be_abbreviated) {
  check_refused(parse({"--thread", "4"}), "unknown option '--thread'; did you mean '--threads'?\n");
}

BOOST_AUTO_TEST_CASE(a_special_flag_cannot_stand_in_the_file) {
  check_refused(parse_file("config = other\n"), "c:1: unknown option 'config'\n");
}

BOOST_AUTO_TEST_CASE(a_bad_value_is_named_with_its_place) {
  check_refused(parse_file("[timeouts]\nidle = 75\n"), "c:2: timeouts.idle: '75' has no unit; write 75s\n");
  check_refused(parse({"--timeouts.idle", "75"}), "--timeouts.idle: '75' has no unit; write 75s\n");
}

BOOST_AUTO_TEST_CASE(a_missing_value_and_a_superfluous_one_are_named) {
  check_refused(parse({"--threads"}), "--threads: needs a value\n");
  check_refused(parse({"--help=me"}), "--help: takes no value\n");
  check_refused(parse({"stray"}), "unexpected argument 'stray'; options are written --name value\n");
}

BOOST_AUTO_TEST_CASE(an_option_given_twice_is_refused_with_both_lines) {
  check_refused(parse_file("threads = 1\n\n[limits]\nhead = 1k\nhead = 1k\n"),
                "c:5: limits.head: given twice; first on line 4\n");
  check_refused(parse({"--threads", "1", "--threads", "1"}), "--threads: given twice; once is enough\n");
  check_refused(parse({"--config", "c", "--config", "c"}), "--config: given twice; there is one conf file\n");
}

BOOST_AUTO_TEST_CASE(all_errors_are_reported_those_of_the_command_line_first) {
  check_refused(parse({"--config", "c", "--backlog", "0"}, "word\nthreads = many\nlog = loud\n[x\n"),
                "--backlog: '0' is out of range; write 1 to 65535\n"
                "c:1: a line is '[group]', 'name = value' or a comment that begins with '#'\n"
                "c:2: threads: 'many' is not a whole number\n"
                "c:3: log: 'loud' is unknown; write debug, info, warning or error\n"
                "c:4: a group is written '[name]', alone on its line\n");
}

BOOST_AUTO_TEST_CASE(at_most_20_errors_are_printed) {
  std::string file;
  for (int i = 0; i < 25; ++i) file += "word\n";
  const auto result = parse_file(file);
  BOOST_TEST(std::count(result.err.begin(), result.err.end(), '\n') == 21);
  BOOST_TEST(result.err.ends_with("and 5 more errors\n"));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_refused) {
  check_refused(parse({"--config", "absent"}), "cannot read conf file absent: no such file\n");
  check_refused(parse({"--config="}), "--config: needs a file name\n");
}

BOOST_AUTO_TEST_CASE(impossible_values_are_refused) {
  for (const auto* const argument : {"--threads=257",
                                     "--backlog=65536",
                                     "--limits.head=255",
                                     "--limits.head=1048577",
                                     "--limits.fields=0",
                                     "--limits.fields=10001",
                                     "--limits.target=0",
                                     "--timeouts.linger_close=61s",
                                     "--timeouts.head=25h",
                                     "--upgrade.timeout=99ms",
                                     "--upgrade.timeout=61m",
                                     "--upgrade.before_timeout=999ms",
                                     "--upgrade.before_timeout=25h",
                                     "--unix.mode=1777",
                                     "--unix.owner=a:b:c",
                                     "--unix.owner=a:",
                                     "--unix.owner=:",
                                     "--unix.owner=a b",
                                     "--blocking.threads=0",
                                     "--blocking.threads=1025",
                                     "--drain.idle=keep",
                                     "--listen=",
                                     "--listen=example.com:80",
                                     "--server_name=B\xc3\xa4ton",
                                     "--log=trace"}) {
    const auto result = parse({argument});
    BOOST_TEST(result.exit_status == 2, argument);
    const std::string name = argument;
    BOOST_TEST(result.err.starts_with(name.substr(0, name.find('=')) + ": '"), result.err);
  }
}

BOOST_AUTO_TEST_CASE(the_same_address_twice_is_refused_however_it_is_written) {
  check_refused(parse_file("listen = :80\n\nlisten = [::]:80\n"),
                "c:3: listen: '[::]:80' is the same address as ':80'; leave one of them out\n");
  check_refused(parse({"--listen=unix:/a", "--listen=unix:/a"}),
                "--listen: 'unix:/a' is the same address as 'unix:/a'; leave one of them out\n");
  BOOST_TEST((parse({"--listen=:0", "--listen=:0"}).next == action::run));
}

BOOST_AUTO_TEST_CASE(a_signature_without_a_key_is_refused_and_the_other_way_round) {
  check_refused(parse_file("[upgrade]\nsignature = app.sig\n"),
                "c:2: upgrade.signature: cannot be verified without upgrade.public_key\n");
  check_refused(parse({"--upgrade.public_key=key.pem"}),
                "--upgrade.public_key: verifies nothing without upgrade.signature\n");
  BOOST_TEST((parse({"--upgrade.public_key=key.pem", "--upgrade.signature=app.sig"}).next == action::run));
}

BOOST_AUTO_TEST_CASE(a_target_larger_than_the_head_is_refused) {
  check_refused(parse_file("limits.head = 4k\nlimits.target = 8k\n"),
                "c:2: limits.target: '8k' is more than limits.head, 4k; a target is part of the head\n");
  check_refused(parse({"--limits.target=32k"}),
                "--limits.target: '32k' is more than limits.head, 16k; a target is part of the head\n");
}

BOOST_AUTO_TEST_CASE(a_head_from_a_stronger_place_lowers_the_target) {
  BOOST_TEST(parse({"--limits.head=4k"}).settings.limits.target == 4096U);
  BOOST_TEST(parse({"--config", "c", "--limits.head=4k"}, "limits.target = 8k\n").settings.limits.target == 4096U);
  BOOST_TEST(parse({"--limits.head=4k", "--limits.target=1k"}).settings.limits.target == 1024U);
}

BOOST_AUTO_TEST_CASE(check_config_says_ok_or_what_is_wrong) {
  const auto good = parse({"--check-config"});
  BOOST_TEST((good.next == action::exit));
  BOOST_TEST(good.exit_status == 0);
  BOOST_TEST(good.out == "configuration ok\n");
  check_refused(parse({"--check-config", "--config", "c"}, "threads = x\n"),
                "c:1: threads: 'x' is not a whole number\n");
}

BOOST_AUTO_TEST_CASE(help_shows_every_option_with_its_default_even_among_errors) {
  const auto result = parse({"--nonsense", "--help"});
  BOOST_TEST(result.exit_status == 0);
  for (const auto* const expected :
       {"usage: server ", "--listen ADDRESS  (default: 127.0.0.1:8080)", "--limits.head SIZE  (default: 16k)",
        "--timeouts.idle DURATION  (default: 75s)", "--drain.idle close|linger|transfer  (default: close)",
        "--unix.mode MODE  (default: 0660)", "--pid_file PATH  (default: empty)", "--print-config", "\nlimits:\n"}) {
    BOOST_TEST(result.out.find(expected) != std::string::npos, expected);
  }
}

BOOST_AUTO_TEST_CASE(version_prints_the_given_text) {
  parser with;
  with.version("demo 7");
  BOOST_TEST(parse({"--version"}, "", &with).out == "demo 7\n");
}

BOOST_AUTO_TEST_CASE(printed_configuration_reads_back_identically) {
  const std::vector<const char*> arguments{"--print-config",
                                           "--listen=:0",
                                           "--listen=unix:/a b",
                                           "--threads=3",
                                           "--pid_file=/a#b",
                                           "--server_name=",
                                           "--log=error",
                                           "--limits.head=1000",
                                           "--limits.body=0",
                                           "--timeouts.idle=1001ms",
                                           "--timeouts.body_rate=3k",
                                           "--drain.idle=linger",
                                           "--drain.fresh=0",
                                           "--unix.mode=777",
                                           "--unix.owner=:www"};
  const auto first = parse(arguments);
  BOOST_TEST(first.exit_status == 0);
  BOOST_TEST(first.out.find("[limits]\nhead = 1000\nfields = 100\ntarget = 1000\n") != std::string::npos, first.out);
  const auto second = parse({"--print-config", "--config", "c"}, first.out);
  BOOST_TEST(second.err == "");
  BOOST_TEST(second.out == first.out);
}

BOOST_AUTO_TEST_CASE(own_options_are_options_like_all_others) {
  parser with{[](const std::string&) { return file_content{"greeting = hej\n[static]\nroot = /srv\n", ""}; }};
  with.add_option("greeting", "What is said.", "hello");
  with.add_option("static.root", "Folder of the files.", "");
  with.add_option("version", "What is deployed.", "none");

  const auto defaults = parse({}, "", &with);
  BOOST_TEST(defaults.own.at("greeting") == "hello");
  BOOST_TEST(defaults.own.at("static.root") == "");

  const auto given = parse({"--config", "c", "--greeting=hi", "--version", "v2"}, "", &with);
  BOOST_TEST(given.err == "");
  BOOST_TEST(given.own.at("greeting") == "hi");
  BOOST_TEST(given.own.at("static.root") == "/srv");
  BOOST_TEST(given.own.at("version") == "v2");

  BOOST_TEST(parse({"--help"}, "", &with).out.find("--greeting TEXT  (default: hello)") != std::string::npos);
  BOOST_TEST(parse({"--print-config"}, "", &with).out.find("\n[static]\nroot =\n") != std::string::npos);
  check_refused(parse({"--greting=x"}, "", &with), "unknown option '--greting'; did you mean '--greeting'?\n");
}

BOOST_AUTO_TEST_CASE(an_own_version_leaves_the_bare_flag_what_it_was) {
  parser with;
  with.version("demo 7");
  with.add_option("version", "What is deployed.", "none");
  BOOST_TEST(parse({"--version"}, "", &with).out == "demo 7\n");
  BOOST_TEST(parse({"--version", "--check-config"}, "", &with).out == "demo 7\n");
  BOOST_TEST(parse({"--version=v2"}, "", &with).own.at("version") == "v2");
  BOOST_TEST(parse({"--version="}, "", &with).own.at("version") == "");
}

BOOST_AUTO_TEST_CASE(an_own_option_whose_name_is_taken_or_malformed_is_refused) {
  parser with;
  with.add_option("mine", "", "");
  for (const auto* const name :
       {"mine", "limits.head", "config", "help", "", ".x", "x.", "a..b", "a b", "A", "a-b", "a=b"}) {
    BOOST_CHECK_THROW(with.add_option(name, "", ""), std::invalid_argument);
  }
  BOOST_CHECK_THROW(with.add_option("other", "", "two\nlines"), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(options_filled_by_a_program_are_checked_alike) {
  baton::options settings;
  BOOST_TEST(problems(settings).empty());
  settings.listen.clear();
  settings.threads = 257;
  settings.limits.target = settings.limits.head + 1;
  settings.timeouts.idle = -1ms;
  settings.log = static_cast<baton::log_level>(9);
  BOOST_TEST(joined(problems(settings)) ==
             "threads: '257' is out of range; write 0 to 256 "
             "log: '9' is unknown; write debug, info, warning or error "
             "timeouts.idle: '-1ms' is not a duration; write a whole number with ms, s, m or h, such as 30s "
             "listen: at least one address is needed "
             "limits.target: '16385' is more than limits.head, 16k; a target is part of the head ");
}

BOOST_AUTO_TEST_CASE(watch_is_an_option_and_a_group) {
  const auto result = parse_file("watch = binary\nwatch = conf/touch\n[watch]\ndelay = 200ms\n");
  BOOST_TEST(result.err == "");
  BOOST_TEST(joined(result.settings.watch.targets) == "binary conf/touch ");
  BOOST_TEST((result.settings.watch.delay == 200ms));
}

BOOST_AUTO_TEST_CASE(a_repeatable_option_of_the_command_line_replaces_its_own_list_of_the_file_and_no_other) {
  const auto result = parse({"--config", "c", "--watch", "config"}, "listen = :1\nwatch = binary\nwatch = plugin\n");
  BOOST_TEST(result.err == "");
  BOOST_TEST(joined(result.settings.watch.targets) == "config ");
  BOOST_TEST(joined(result.settings.listen) == ":1 ");
  BOOST_TEST(parse({"--config", "c", "--watch="}, "watch = binary\n").settings.watch.targets.empty());
}

BOOST_AUTO_TEST_CASE(a_readiness_route_is_a_plain_path) {
  BOOST_TEST(parse({"--shutdown.readiness", "/readyz"}).settings.shutdown.readiness == "/readyz");
  for (const char* wrong : {"readyz", "/", "/ready/", "/{x}", "/a b", "/a?b"}) {
    check_refused(parse({"--shutdown.readiness", wrong}), "--shutdown.readiness: '" + std::string{wrong} +
                                                              "' is no path for a route; write one like /readyz\n");
  }
}

BOOST_AUTO_TEST_SUITE_END()
