#include "commands.hpp"

#include <boost/json/serialize.hpp>
#include <cstdio>
#include <thread>

#include "client.hpp"
#include "follow.hpp"
#include "tables.hpp"

namespace batonctl {

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

void print_json(const json::object& answer) {
  print(json::serialize(answer) + '\n');
}

exit_status report_refusal(const arguments& given, const json::object& answer) {
  if (given.json) print_json(answer);
  std::fprintf(stderr, "batonctl: %s\n", text_of(answer, "error").c_str());
  for (const auto& line : array_of(answer, "lines")) {
    const json::object wrapped{{"line", line}};
    std::fprintf(stderr, "    %s\n", text_of(wrapped, "line").c_str());
  }
  return refused;
}

json::object request_of(const arguments& given) {
  json::object request{{"command", given.command}};
  if (given.wait) request["wait"] = true;
  if (given.command == "connections") request["limit"] = given.limit;
  return request;
}

// What only asks may be asked again: the process that took the connection may have been at its end.
json::object look(const arguments& given, clock::time_point deadline) {
  constexpr int tries = 5;
  for (int i = 1;; ++i) {
    client server{given.control, deadline};
    try {
      server.send(request_of(given));
      return server.read(deadline);
    } catch (const unreachable&) {
      if (i == tries) throw;
    }
    std::this_thread::sleep_for(20ms);
  }
}

std::string text_of_answer(const std::string& command, const json::object& answer) {
  if (command == "status") return status_text(answer);
  if (command == "connections") return connections_text(answer);
  return history_text(answer);
}

exit_status show(const arguments& given) {
  const json::object answer = look(given, clock::now() + given.timeout);
  if (!is_true(answer, "ok")) return report_refusal(given, answer);
  if (given.json) {
    print_json(answer);
  } else {
    print(text_of_answer(given.command, answer));
  }
  return done;
}

std::string progress_text(const json::object& step) {
  const auto state = text_of(step, "progress");
  const auto child = number_of(step, "child");
  std::string what = state;
  if (state == "preparing") what = "preparing the upgrade";
  if (state == "checking") what = "checking the configuration of the new version";
  if (state == "starting") what = "starting the new process";
  if (state == "killing") what = "ending the new process";
  return child == 0 ? what + '\n' : what + " (pid " + std::to_string(child) + ")\n";
}

std::string outcome_text(const arguments& given, const json::object& answer) {
  const auto generation = std::to_string(number_of(answer, "generation"));
  if (is_true(answer, "accepted")) {
    return given.command == "upgrade" ? "the upgrade to generation " + generation + " has begun\n"
                                      : given.command + " has begun\n";
  }
  const auto took = duration_text(std::chrono::milliseconds{number_of(answer, "duration_ms")});
  if (number_of(answer, "pid") != 0) {
    return "generation " + generation + " serves as pid " + std::to_string(number_of(answer, "pid")) + " after " +
           took + '\n';
  }
  if (given.command == "drain") return "the server drains and will exit\n";
  if (given.command == "stop") return "the server stops\n";
  std::string text;
  for (const auto& each : array_of(answer, "messages")) text += text_of(json::object{{"line", each}}, "line") + '\n';
  return text + given.command + " done after " + took + '\n';
}

exit_status order(const arguments& given) {
  const auto deadline = clock::now() + given.timeout;
  client server{given.control, deadline};
  server.send(request_of(given));
  for (;;) {
    const json::object answer = server.read(deadline);
    const bool last = answer.contains("ok");
    if (last && !is_true(answer, "ok")) return report_refusal(given, answer);
    if (given.json) {
      print_json(answer);
    } else {
      print(last ? outcome_text(given, answer) : progress_text(answer));
    }
    if (last) return done;
  }
}

}  // namespace

exit_status run(const arguments& given) {
  if (given.command == "status" && given.follow) return follow(given);
  if (given.command == "status" || given.command == "connections" || given.command == "history") return show(given);
  return order(given);
}

}  // namespace batonctl
