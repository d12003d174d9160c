// The reference server on https, seen by clients of this test's own, by curl and by openssl s_client.
#include <signal.h>
#include <sys/socket.h>

#include <filesystem>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <future>

#include "support/child_process.hpp"
#include "support/https_site.hpp"
#include "support/leak_check.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"
#include "support/temporary_directory.hpp"
#include "support/tls_client.hpp"

using namespace baton::test;

namespace {

outcome curl(const https_site& site, std::vector<std::string> arguments) {
  std::vector<std::string> command{"curl", "--silent", "--show-error",     "--max-time",
                                   "30",   "--cacert", site.file("ca.pem")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_command({command, {}, {}, {}}, 2 * patience);
}

std::string url(const endpoint& where, std::string_view path) {
  return "https://localhost:" + std::to_string(where.port) + std::string{path};
}

outcome shell(const std::string& command) {
  return run_command({{"/bin/sh", "-c", command}, {}, {}, {}}, 2 * patience);
}

// GET /plaintext for good.org, verified against the site's authority.
std::string s_client(const https_site& site, const endpoint& where, const std::string& more) {
  return shell(
             "printf 'GET /plaintext HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n' | openssl s_client "
             "-connect " +
             where.text() + " -servername good.org -alpn h2,http/1.1 -verify_return_error -ign_eof -CAfile " +
             site.file("ca.pem") + ' ' + more + " 2>&1")
      .out;
}

// Wait for a line that is not there yet.
bool says(const server_process& server, std::string_view part) {
  return server.logs(part);
}

std::string digits(std::size_t count) {
  std::string text;
  while (text.size() < count) text += std::to_string(text.size()) + ' ';
  text.resize(count);
  return text;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(tls, leak_check)

BOOST_AUTO_TEST_CASE(requests_are_answered_over_tls_1_2_and_1_3_on_connections_that_are_kept) {
  const https_site site;
  server_process server{demo(site.flags())};
  for (const int version : {12, 13}) {
    tls_wishes wishes;
    wishes.version = version;
    tls_client client{server.address(), wishes};
    BOOST_TEST(client.version() == (version == 12 ? "TLSv1.2" : "TLSv1.3"));
    for (int i = 0; i < 3; ++i) BOOST_TEST(client.get("/plaintext").body == "Hello, World!");
    client.send(get_request("/users/1") + get_request("/users/2") + get_request("/users/3"));
    for (int i = 1; i <= 3; ++i) BOOST_TEST(client.read().body.find(std::to_string(i)) != std::string::npos);
    client.send(get_request("/plaintext", "Connection: close\r\n"));
    BOOST_TEST(client.read().closes());
    BOOST_TEST((client.await_end() == tls_ending::farewell));
  }
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(large_bodies_pass_both_ways_through_slow_readers) {
  const https_site site;
  server_process server{demo(site.flags())};
  tls_client client{server.address()};
  const std::string body = digits(3'000'000);
  client.send(post_request("/echo", body));
  BOOST_TEST(client.read().body == body);
  client.send(get_request("/download?bytes=20000000&chunk=300000&delay=0") + get_request("/plaintext"));
  BOOST_TEST(client.read().body.size() == 20'000'000U);
  BOOST_TEST(client.read().body == "Hello, World!");
}

BOOST_AUTO_TEST_CASE(files_large_and_kept_in_memory_arrive_byte_for_byte_and_in_order) {
  const https_site site;
  const temporary_directory root;
  const std::string large = digits(3'000'000);
  const std::string small = digits(50'000);
  root.write("large.bin", large);
  root.write("small.bin", small);
  std::filesystem::last_write_time(root / "small.bin",
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours{1});
  std::vector<std::string> flags = site.flags();
  flags.insert(flags.end(), {"--static_root", root.path().string()});
  server_process server{demo(flags)};
  tls_client client{server.address()};
  const std::string get_large = get_request("/static/large.bin");
  const std::string get_small = get_request("/static/small.bin");
  client.send(get_small + get_large + get_small + get_request("/static/large.bin", "Range: bytes=7-2000006\r\n"));
  BOOST_TEST((client.read().body == small));
  BOOST_TEST((client.read().body == large));
  BOOST_TEST((client.read().body == small));
  BOOST_TEST((client.read().body == large.substr(7, 2'000'000)));
}

BOOST_AUTO_TEST_CASE(a_large_body_reaches_a_handler_that_takes_it_whole) {
  const https_site site;
  server_process server{demo(site.flags())};
  tls_client client{server.address()};
  const std::string body = digits(3'000'000);
  for (const std::string count : {"1", "2"}) {
    client.send(post_request("/counter", body));
    const reply answer = client.read();
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body == count);
  }
  BOOST_TEST(client.get("/plaintext").body == "Hello, World!");
}

BOOST_AUTO_TEST_CASE(curl_is_served_and_keeps_its_connection) {
  const https_site site;
  server_process server{demo(site.flags())};
  const endpoint where = server.address();
  const outcome got =
      curl(site, {url(where, "/plaintext"), url(where, "/plaintext"), "--write-out", " %{num_connects} "});
  BOOST_TEST(got.err == "");
  BOOST_TEST(got.out == "Hello, World! 1 Hello, World! 0 ");
}

BOOST_AUTO_TEST_CASE(the_certificate_is_chosen_by_the_name_asked_for) {
  https_site site;
  site.add("one", {"one.example.org", {"one.example.org"}});
  site.add("any", {"any", {"*.example.org"}});
  site.add("any-rsa", {"any by RSA", {"*.example.org"}, key_kind::rsa});
  server_process server{demo(site.flags({"main", "one", "any", "any-rsa"}))};
  const auto shown = [&](const std::string& name, const std::string& ciphers = "") {
    tls_wishes wishes;
    wishes.name = name;
    wishes.ciphers = ciphers;
    if (!ciphers.empty()) wishes.version = 12;
    return tls_client{server.address(), wishes}.subject();
  };
  BOOST_TEST(shown("") == "localhost");
  BOOST_TEST(shown("unknown.org") == "localhost");
  BOOST_TEST(shown("one.example.org") == "one.example.org");
  BOOST_TEST(shown("ONE.example.ORG") == "one.example.org");
  BOOST_TEST(shown("two.example.org") == "any");
  BOOST_TEST(shown("a.two.example.org") == "localhost");
  BOOST_TEST(shown("two.example.org", "ECDHE-RSA-AES128-GCM-SHA256") == "any by RSA");
  BOOST_TEST(shown("two.example.org", "ECDHE-ECDSA-AES128-GCM-SHA256") == "any");
}

BOOST_AUTO_TEST_CASE(alpn_chooses_http_1_1_and_refuses_clients_that_speak_only_others) {
  const https_site site;
  server_process server{demo(site.flags())};
  tls_wishes wishes;
  wishes.protocols = {"h2", "http/1.1"};
  BOOST_TEST(tls_client(server.address(), wishes).protocol() == "http/1.1");
  wishes.protocols = {"h2"};
  BOOST_TEST(refusal_of(server.address(), wishes).find("no application protocol") != std::string::npos);
  BOOST_TEST(tls_client(server.address()).protocol() == "");
}

BOOST_AUTO_TEST_CASE(a_version_below_the_configured_one_is_refused) {
  const https_site site;
  server_process server{demo(site.flags({"main"}, {"--tls.min_version", "1.3"}))};
  tls_wishes wishes;
  wishes.version = 12;
  BOOST_TEST(refusal_of(server.address(), wishes).find("protocol version") != std::string::npos);
  BOOST_TEST(tls_client(server.address()).get("/plaintext").status == 200);
}

BOOST_AUTO_TEST_CASE(clients_must_show_a_certificate_of_the_configured_authority) {
  https_site site;
  const signed_certificate alice = site.authority().sign({"alice"});
  test_authority others{"Others"};
  const signed_certificate mallory = others.sign({"mallory"});
  const auto with = [](const signed_certificate& shown) {
    tls_wishes wishes;
    wishes.certificate = shown.certificate;
    wishes.key = shown.key;
    return wishes;
  };
  {
    server_process server{
        demo(site.flags({"main"}, {"--tls.client_ca", site.file("ca.pem"), "--tls.verify_client", "require"}))};
    BOOST_TEST(tls_client(server.address(), with(alice)).get("/plaintext").status == 200);
    BOOST_TEST(refusal_of(server.address()) != "");
    BOOST_TEST(refusal_of(server.address(), with(mallory)) != "");
  }
  server_process server{
      demo(site.flags({"main"}, {"--tls.client_ca", site.file("ca.pem"), "--tls.verify_client", "optional"}))};
  BOOST_TEST(tls_client(server.address()).get("/plaintext").status == 200);
  BOOST_TEST(tls_client(server.address(), with(alice)).get("/plaintext").status == 200);
  BOOST_TEST(refusal_of(server.address(), with(mallory)) != "");
}

BOOST_AUTO_TEST_CASE(ocsp_answers_are_stapled_to_their_certificate_while_they_are_good) {
  https_site site;
  const signed_certificate good = site.add("good", {"good.org", {"good.org"}});
  const signed_certificate late = site.add("late", {"late.org", {"late.org"}});
  const std::string answer = site.authority().ocsp_answer(good);
  site.directory().write("good.ocsp", answer);
  site.directory().write("late.ocsp", site.authority().ocsp_answer(late, std::chrono::seconds{-60}));
  server_process server{demo(site.flags({"main", "good", "late"},
                                        {"--tls.ocsp", site.file("good.ocsp"), "--tls.ocsp", site.file("late.ocsp")}))};
  const auto status = [&](const std::string& name) {
    tls_wishes wishes;
    wishes.name = name;
    wishes.asks_status = true;
    return tls_client{server.address(), wishes}.status();
  };
  BOOST_TEST((status("good.org") == answer));
  BOOST_TEST(status("late.org") == "");
  BOOST_TEST(status("localhost") == "");
  BOOST_TEST(says(server, "late.ocsp: the OCSP answer is out of date; it is not stapled"));
}

BOOST_AUTO_TEST_CASE(sessions_are_resumed_by_ticket_unless_tickets_are_off) {
  const https_site site;
  for (const int version : {12, 13}) {
    server_process server{demo(site.flags())};
    tls_wishes wishes;
    wishes.version = version;
    tls_client first{server.address(), wishes};
    BOOST_TEST(!first.resumed());
    BOOST_TEST(first.get("/plaintext").status == 200);
    BOOST_REQUIRE(first.ticket());
    wishes.resume = first.ticket();
    tls_client second{server.address(), wishes};
    BOOST_TEST(second.resumed());
    BOOST_TEST(second.get("/plaintext").status == 200);
  }
  server_process server{demo(site.flags({"main"}, {"--tls.ticket_rotation", "0"}))};
  tls_client client{server.address()};
  BOOST_TEST(client.get("/plaintext").status == 200);
  BOOST_TEST(!client.ticket());
}

BOOST_AUTO_TEST_CASE(a_session_is_not_resumed_once_its_clients_authority_is_another_of_the_same_name) {
  https_site site;
  server_process server{demo(site.flags(
      {"main"}, {"--tls.client_ca", site.file("ca.pem"), "--tls.verify_client", "require", "--watch.delay", "50ms"}))};
  const signed_certificate alice = site.authority().sign({"alice"});
  tls_wishes wishes;
  wishes.certificate = alice.certificate;
  wishes.key = alice.key;
  tls_wishes resuming = wishes;
  {
    tls_client first{server.address(), wishes};
    BOOST_TEST(first.get("/plaintext").status == 200);
    BOOST_REQUIRE(first.ticket());
    resuming.resume = first.ticket();
  }
  {
    tls_client second{server.address(), resuming};
    BOOST_TEST(second.resumed());
    BOOST_TEST(second.get("/plaintext").status == 200);
    resuming.resume = second.ticket();  // the first one is used up
  }
  site.directory().write("ca.pem", test_authority{}.pem());
  BOOST_TEST(eventually(patience, [&] { return refusal_of(server.address(), wishes) != ""; }));
  BOOST_TEST(refusal_of(server.address(), resuming) != "");
}

BOOST_AUTO_TEST_CASE(a_changed_certificate_is_taken_up_and_a_bad_one_keeps_the_old) {
  https_site site;
  server_process server{demo(site.flags({"main"}, {"--watch.delay", "50ms"}))};
  const auto shown = [&] { return tls_client{server.address()}.subject(); };
  BOOST_TEST(shown() == "localhost");
  tls_client kept{server.address()};
  site.add("main", {"second", {"localhost"}});
  BOOST_TEST(eventually(patience, [&] { return shown() == "second"; }));
  site.directory().write("main.pem", "no certificate");
  BOOST_TEST(says(server, "main.pem: holds no PEM certificate"));
  BOOST_TEST(says(server, "refused; the ones before stay in use"));
  BOOST_TEST(shown() == "second");
  BOOST_TEST(kept.get("/plaintext").status == 200);
}

BOOST_AUTO_TEST_CASE(a_reload_reads_certificates_anew_and_refuses_a_pair_that_does_not_fit) {
  https_site site;
  server_process server{demo(site.flags({"main"}, {"--watch.delay", "1m"}))};
  const auto shown = [&] { return tls_client{server.address()}.subject(); };
  site.add("main", {"second", {"localhost"}});
  server.signal(SIGHUP);
  BOOST_TEST(says(server, "configuration reloaded, asked for by SIGHUP"));
  BOOST_TEST(eventually(patience, [&] { return shown() == "second"; }));
  site.directory().write("main.key", site.authority().sign({"other"}).key);
  server.signal(SIGHUP);
  BOOST_TEST(says(server, "is not this certificate's"));
  BOOST_TEST(says(server, "refused; configuration unchanged"));
  BOOST_TEST(shown() == "second");
}

BOOST_AUTO_TEST_CASE(check_config_finds_what_is_wrong_with_certificates) {
  https_site site;
  site.add("old", {"old.org", {"old.org"}, key_kind::ec, std::chrono::hours{-1}});
  const auto checked = [&](std::vector<std::string> flags) {
    std::vector<std::string> command{demo_program(), "--check-config"};
    command.insert(command.end(), flags.begin(), flags.end());
    return run_command({command, {}, {}, {}});
  };
  BOOST_TEST(checked(site.flags()).status == 0);
  const outcome expired = checked(site.flags({"old"}));
  BOOST_TEST(expired.status == 0);
  BOOST_TEST(expired.err.find("the certificate has expired on") != std::string::npos);
  const outcome missing = checked(site.flags({"absent"}));
  BOOST_TEST(missing.status == 2);
  BOOST_TEST(missing.err.find("absent.pem: cannot be read") != std::string::npos);
  const outcome none = checked({"--listen", "https://127.0.0.1:0"});
  BOOST_TEST(none.status == 2);
  BOOST_TEST(none.err.find("needs tls.certificate and tls.key") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(redirect_listeners_send_every_request_to_https_and_hsts_is_said_there) {
  const https_site site;
  server_process server{demo(site.flags({"main"}, {"--listen", "redirect://127.0.0.1:0", "--tls.hsts", "24h"}))};
  const auto addresses = server.latest().addresses;
  BOOST_REQUIRE(addresses.size() == 2U);
  const std::string port = std::to_string(addresses[0].port);
  raw_client client{addresses[1]};
  client.send("POST /a%20b?c=d HTTP/1.1\r\nHost: example.org:8080\r\nContent-Length: 2\r\n\r\nxy");
  const reply sent = client.read();
  BOOST_TEST(sent.status == 308);
  BOOST_TEST(sent.field("location").value_or("") == "https://example.org:" + port + "/a%20b?c=d");
  BOOST_TEST(sent.closes());
  BOOST_TEST(!sent.field("strict-transport-security"));
  raw_client odd{addresses[1]};
  odd.send("GET / HTTP/1.1\r\nHost: a'b\r\n\r\n");
  BOOST_TEST(odd.read().status == 400);
  const reply secure = tls_client{addresses[0]}.get("/plaintext");
  BOOST_TEST(secure.field("strict-transport-security").value_or("") == "max-age=86400");
}

BOOST_AUTO_TEST_CASE(a_client_that_speaks_plain_http_on_an_https_port_is_told) {
  const https_site site;
  server_process server{demo(site.flags())};
  raw_client client{server.address()};
  client.send(get_request("/plaintext"));
  const reply told = client.read();
  BOOST_TEST(told.status == 400);
  BOOST_TEST(told.body.find("https://") != std::string::npos);
  BOOST_TEST((client.await_end() == ending::fin));
}

BOOST_AUTO_TEST_CASE(half_handshakes_end_at_their_deadline_and_others_are_served_meanwhile) {
  const https_site site;
  server_process server{demo(site.flags({"main"}, {"--tls.handshake_timeout", sanitised ? "8s" : "2s"}))};
  raw_client silent{server.address()};
  raw_client half{server.address()};
  half.send(std::string{"\x16\x03\x01\x02\x00\x01", 6});
  BOOST_TEST(tls_client(server.address()).get("/plaintext").status == 200);
  BOOST_TEST((silent.await_end() != ending::open));
  BOOST_TEST((half.await_end() != ending::open));
  raw_client wrong{server.address()};
  wrong.send("\x01\x02\x03 no handshake at all");
  BOOST_TEST((wrong.await_end() != ending::open));
  BOOST_TEST(tls_client(server.address()).get("/plaintext").status == 200);
}

BOOST_AUTO_TEST_CASE(a_drain_leaves_the_rest_of_a_record_the_time_of_a_head) {
  const https_site site;
  server_process server{demo(site.flags({"main"}, {"--drain.idle", "close", "--timeouts.head", "2s"}))};
  tls_client whole{server.address()};
  tls_client half{server.address()};
  BOOST_TEST(whole.get("/plaintext").status == 200);
  BOOST_TEST(half.get("/plaintext").status == 200);
  const std::string part{"\x17\x03\x03\x01\x00half", 9};
  BOOST_TEST(::send(half.native(), part.data(), part.size(), MSG_NOSIGNAL) == 9);
  BOOST_TEST((half.await_end(std::chrono::milliseconds{500}) == tls_ending::open));  // both are settled by then
  const auto asked = std::chrono::steady_clock::now();
  server.signal(SIGTERM);
  BOOST_TEST((whole.await_end() == tls_ending::farewell));
  BOOST_TEST((half.await_end() == tls_ending::farewell));
  BOOST_TEST((std::chrono::steady_clock::now() - asked >= std::chrono::milliseconds{1500}));
  BOOST_TEST(server.wait(server.pid()) == 0);
}

BOOST_AUTO_TEST_CASE(handshakes_over_the_limit_wait_for_their_turn) {
  const https_site site;
  server_process server{
      demo(site.flags({"main"}, {"--tls.handshakes", "1", "--threads", "1", "--tls.handshake_timeout", "1m"}))};
  raw_client half{server.address()};
  half.send(std::string{"\x16\x03\x01\x02\x00\x01", 6});
  auto waiting =
      std::async(std::launch::async, [where = server.address()] { return tls_client{where}.get("/plaintext").status; });
  BOOST_TEST((waiting.wait_for(200ms) == std::future_status::timeout));
  half.abort();
  BOOST_TEST(waiting.get() == 200);
  std::vector<tls_client> burst;
  for (int i = 0; i < 5; ++i) burst.emplace_back(server.address());
  for (tls_client& each : burst) BOOST_TEST(each.get("/plaintext").status == 200);
}

BOOST_AUTO_TEST_CASE(an_idle_connection_is_told_of_its_end) {
  const https_site site;
  server_process server{demo(site.flags({"main"}, {"--timeouts.idle", "300ms"}))};
  tls_client client{server.address()};
  BOOST_TEST(client.get("/plaintext").status == 200);
  BOOST_TEST((client.await_end() == tls_ending::farewell));
}

BOOST_AUTO_TEST_CASE(a_stop_ends_idle_connections_with_a_farewell_and_answers_what_is_under_way) {
  const https_site site;
  server_process server{demo(site.flags())};
  tls_client idle{server.address()};
  BOOST_TEST(idle.get("/plaintext").status == 200);
  tls_client busy{server.address()};
  busy.send(get_request("/sleep?ms=300"));
  tls_client asking{server.address()};
  BOOST_TEST(asking.get("/pid").status == 200);
  BOOST_TEST(server.stop() == 0);
  const reply late = busy.read();
  BOOST_TEST(late.status == 200);
  BOOST_TEST((idle.await_end() == tls_ending::farewell));
}

BOOST_AUTO_TEST_CASE(openssl_s_client_sees_name_protocol_and_stapled_answer_and_resumes_its_session) {
  https_site site;
  const signed_certificate good = site.add("good", {"good.org", {"good.org"}});
  site.directory().write("good.ocsp", site.authority().ocsp_answer(good));
  server_process server{demo(site.flags({"main", "good"}, {"--tls.ocsp", site.file("good.ocsp")}))};
  const std::string session = site.file("session");
  for (const std::string version : {"-tls1_2", "-tls1_3"}) {
    const std::string first = s_client(site, server.address(), version + " -status -sess_out " + session);
    for (const std::string_view seen : {"New, TLSv1.", "CN = good.org", "ALPN protocol: http/1.1",
                                        "OCSP Response Status: successful", "Cert Status: good", "Hello, World!"}) {
      BOOST_TEST(first.find(seen) != std::string::npos, seen << " in " << first);
    }
    const std::string second = s_client(site, server.address(), version + " -sess_in " + session);
    BOOST_TEST(second.find("Reused, TLSv1.") != std::string::npos, second);
    BOOST_TEST(second.find("Hello, World!") != std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()
