// Everything that can be set from outside, as the command line and the conf file fill it. Each member
// stands under the same name in `conf/baton.conf`, with `.` between group and member. Durations are
// milliseconds, sizes are bytes; zero means "no limit" unless said otherwise.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace baton {

/// What a drain does with idle connections.
enum class idle_policy : std::uint8_t {
  close,     ///< close them at once, as Go's Server.Shutdown does; 250 ms after its last answer at the earliest
  linger,    ///< keep them for `drain.linger`; answer their next request with `Connection: close`, then close
  transfer,  ///< on an upgrade, give them to the new process, alive; what cannot move, and without one, `linger`
};

/// How a line of the access log looks.
enum class access_log_format : std::uint8_t {
  combined,  ///< as Apache and nginx write it, with request id, trace id and seconds behind it
  json,      ///< an object a line
};

enum class log_level : std::uint8_t { debug, info, warning, error };

struct access_log_options {
  /// File that a line is appended to for each answer, made with mode 0640 where there is none; a reload opens it
  /// anew. `stderr` or `-`: standard error. Empty: no access log.
  std::string path;
  access_log_format format = access_log_format::combined;
  /// Query parameters whose values are not logged, neither in the target nor in a Referer; `field:NAME` for the
  /// value of a logged request field (`field:referer`, `field:user-agent`). Names compare without regard to case.
  std::vector<std::string> redact{"password", "passwd",  "secret",        "token",  "access_token",
                                  "id_token", "api_key", "refresh_token", "apikey", "signature"};
};

struct limit_options {
  /// Request line and field section together. 431 when exceeded. 256 B to 1 MiB; not unlimited.
  std::size_t head = 16 * 1024;
  /// Field lines, and separately trailer lines. 431. 1 to 10,000; not unlimited.
  std::size_t fields = 100;
  /// Request target. 414. At most `head`; not unlimited.
  std::size_t target = 8 * 1024;
  /// Request body, after chunked decoding. 413.
  std::uint64_t body = 8 * 1024 * 1024;
  /// Requests served on one connection; the last is answered with `Connection: close`.
  std::uint64_t requests = 0;
  /// Open connections of the process. 503 and close for up to 32 more at a time, then close alone. Zero:
  /// what RLIMIT_NOFILE allows, less 64 (half of it where it is 128 or less).
  std::size_t connections = 0;
  /// Open connections per peer address (an IPv6 /64 counts as one address; unix peers don't count). 503 and close.
  std::size_t connections_per_address = 4096;
};

struct timeout_options {
  /// From the first byte of a request head to its end; also how long a fresh connection may stay
  /// silent. 408 for a begun head, a silent close otherwise.
  std::chrono::milliseconds head{10'000};
  /// Between two requests.
  std::chrono::milliseconds idle{75'000};
  /// Without any byte of a body that is being read. 408 and close.
  std::chrono::milliseconds body{30'000};
  /// Without the client having taken any byte of an answer. Close.
  std::chrono::milliseconds write{30'000};
  /// How long a half-closed connection is read on, so that the client can read the last answer.
  /// At most 60 s; zero closes at once.
  std::chrono::milliseconds linger_close{2'000};
  /// Lowest average rate of a request body in bytes a second, once it has been coming for 5 s. 408 and close.
  std::uint64_t body_rate = 128;
};

struct drain_options {
  /// What happens to idle connections. Default close; conf/baton.conf may say otherwise.
  idle_policy idle = idle_policy::close;
  /// How long idle connections are kept with `idle = linger`. Zero: not at all.
  std::chrono::milliseconds linger{5'000};
  /// After this the process closes what is left by force and exits with status 1.
  std::chrono::milliseconds timeout{30'000};
  /// How long a fresh connection without a byte counts as active, as in Go. Zero: not at all.
  std::chrono::milliseconds fresh{5'000};
};

struct shutdown_options {
  /// How long the process goes on serving after TERM, INT or QUIT, before the drain begins: the time that
  /// load balancers need to see `readiness` turn and look elsewhere. At most 1 h; zero: the drain begins
  /// at once. An upgrade has no delay.
  std::chrono::milliseconds delay{0};
  /// Path of a route that answers GET with 200 while this process serves and with 503 from the signal on.
  /// Empty: none.
  std::string readiness;
};

struct upgrade_options {
  /// For the check of the new process's configuration, and then again from its start until it must be
  /// ready; then it is killed. 100 ms to 1 h; not unlimited.
  std::chrono::milliseconds timeout{60'000};
  /// State (application::handover) that the new process takes from the old one, bytes of all blobs together;
  /// more makes the upgrade fail. What counts is the new process's setting. Zero: none, it starts without.
  std::uint64_t state_limit = std::uint64_t{1} << 30;
  /// How long the old process stays once it has no connections left: should the new one crash, be killed,
  /// hang or fail its health check in that time, or while the old one drains, the old one serves again.
  /// The next upgrade ends it early. Zero: it exits at once.
  std::chrono::milliseconds guard{5'000};
  /// A command for /bin/sh -c that runs before each upgrade, in the start directory with the start
  /// environment and BATON_GENERATION, BATON_PID and BATON_BINARY (this process's number and pid, the new
  /// binary's absolute path). It may fetch, verify or migrate; any status but 0 refuses the upgrade.
  /// Empty: none.
  std::string before;
  /// For `before`, and likewise for the program's on_before_upgrade callbacks together and for the check
  /// below. Then the command's process group is killed and the upgrade refused. 1 s to 24 h.
  std::chrono::milliseconds before_timeout{300'000};
  /// A file with the new binary's SHA-256 digest, as sha256sum writes it or alone; read anew at each
  /// upgrade. A relative path starts from the start directory, here and below. With this or a signature
  /// the binary is copied to memory, checked there, and that very copy is run. Empty: none is required.
  std::string sha256;
  /// A file with a detached signature of the new binary, read anew at each upgrade. Empty: none is
  /// required; else `public_key` is needed.
  std::string signature;
  /// The public key that `signature` must have been made with, a PEM file: RSA or EC (as `openssl dgst
  /// -sha256 -sign` signs), Ed25519 or Ed448 (`openssl pkeyutl -sign -rawin`).
  std::string public_key;
};

struct watch_options {
  /// Files that are watched: `binary` (the program; replaced, it is upgraded), `config` (the conf file;
  /// changed, it is read again), `plugin`, or the path of any file (touched, written or made, it asks for
  /// an upgrade). Empty: nothing is watched.
  std::vector<std::string> targets;
  /// How long a file must be left alone before a change counts. 50 ms to 1 min; not zero.
  std::chrono::milliseconds delay{500};
};

struct websocket_options {
  /// A message from the client, after inflating. 1009 and close. 1 B to 1 GiB; not unlimited.
  std::size_t message = 1024 * 1024;
  /// Messages that wait for a slow client, in bytes, for each connection. What happens to more is the route's choice. 1
  /// KiB to 1 GiB; not unlimited.
  std::size_t queue = 1024 * 1024;
  /// Silence of the client after which it is sent a ping, and has so long to answer or is cut off. Zero: no pings.
  std::chrono::milliseconds ping{30'000};
  /// How long the client may take to answer a close. At least 100 ms; not unlimited.
  std::chrono::milliseconds close{3'000};
  /// Compression (permessage-deflate, RFC 7692) where the client offers it. It costs up to 300 KiB a connection.
  bool deflate = true;
};

struct event_options {
  /// Silence after which an event stream sends a comment, so that neither end nor a proxy takes it for dead. Zero:
  /// none.
  std::chrono::milliseconds keep_alive{15'000};
  /// When clients are told to come back after a stream has ended for a drain; up to half of it is added at random.
  std::chrono::milliseconds retry{1'000};
};

/// Whether clients must show a certificate.
enum class client_verification : std::uint8_t {
  none,      ///< none is asked for
  optional,  ///< asked for; a client without one is served, one with a bad one is not
  require,   ///< without a good one there is no connection
};

enum class tls_version : std::uint8_t { v1_2, v1_3 };

/// For `https://` listeners. A reload reads every file anew; so does a change of one of them.
struct tls_options {
  /// PEM files, each a certificate with the chain above it, leaf first; as many as `key`. The one that
  /// names the host that the client asks for (SNI) is shown, the first where none does. One name may have
  /// an ECDSA and an RSA certificate.
  std::vector<std::string> certificate;
  /// PEM files with the private keys, in the order of `certificate`; without a passphrase.
  std::vector<std::string> key;
  /// PEM file with the authorities that client certificates must come from.
  std::string client_ca;
  /// Whether clients must show a certificate; needs `client_ca`.
  client_verification verify_client = client_verification::none;
  /// OCSP answers (DER), stapled to the certificate that each is about while it is valid.
  std::vector<std::string> ocsp;
  /// The oldest version that is spoken.
  tls_version min_version = tls_version::v1_2;
  /// Cipher suites of TLS 1.2, as OpenSSL writes them. Empty: AES-GCM and ChaCha20 with ECDHE. Those of TLS
  /// 1.3 are all good.
  std::string ciphers;
  /// From accept to the end of the handshake; then the connection is closed. 100 ms to 10 min; not unlimited.
  std::chrono::milliseconds handshake_timeout{10'000};
  /// Handshakes under way in the process; a further one waits, within its `handshake_timeout`. One counts from
  /// the client's first byte on. 1 to 1,000,000; not unlimited.
  std::size_t handshakes = 1024;
  /// How often the key of session tickets changes; a ticket is good for as long, and for at most 24 h. The
  /// next process gets the keys. 1 min to 7 d; zero: no session is resumed.
  std::chrono::milliseconds ticket_rotation{std::chrono::hours{12}};
  /// `Strict-Transport-Security: max-age` of answers over TLS. Zero: the field is not sent.
  std::chrono::milliseconds hsts{0};
  /// The port that `redirect://` listeners send clients to. Zero: that of the first `https://` listener.
  std::uint16_t redirect_port = 0;
};

struct unix_options {
  /// Permissions of unix sockets' paths, octal in the conf file.
  unsigned mode = 0660;
  /// `user`, `user:group` or `:group`; empty leaves the process's own.
  std::string owner;
};

struct blocking_options {
  /// Threads for `blocking` handlers, started on first use. 1 to 1,024.
  std::size_t threads = 8;
  /// Requests that may wait for one of them; one more is answered 503. Zero: none waits.
  std::size_t queue = 256;
};

/// Which field a trusted proxy names the client in.
enum class forwarded_field : std::uint8_t {
  any,              ///< the one that is there; where both are, neither is believed
  forwarded,        ///< `Forwarded` (RFC 7239)
  x_forwarded_for,  ///< `X-Forwarded-For`, and `X-Forwarded-Proto`
};

struct proxy_options {
  /// Peers that are believed when they name the client in a field of the request: `10.0.0.0/8`, `2001:db8::/32`,
  /// an address, `unix`. Empty: nobody is, the peer is the client.
  std::vector<std::string> trusted;
  /// The field that they write, and do not pass on from others. With `any`, a client can send the other one through
  /// a proxy that does not know it, and is then unknown (one rate limit for all such), never the proxy or another.
  forwarded_field field = forwarded_field::any;
  /// Peers whose connections begin with a PROXY header, version 1 or 2, in the form of `trusted`. A connection of
  /// theirs without one, within `timeouts.head`, is closed; from everybody else it is a malformed request.
  std::vector<std::string> protocol;
};

/// Which capabilities a process keeps that gives up being root.
enum class kept_privileges : std::uint8_t {
  none,
  bind,  ///< CAP_NET_BIND_SERVICE: this process and later generations may bind ports below 1024
};

struct privilege_options {
  /// Whom the process becomes once its listeners are bound and its files are open: a name or a number. Only root
  /// can. Later generations start as that user already. Empty: nobody else.
  std::string user;
  /// Its group, a name or a number; the user's supplementary groups come along. Empty: the user's own.
  std::string group;
  /// What stays, in later generations too. Without `user` nothing is given up, whoever the process runs as.
  kept_privileges keep = kept_privileges::bind;
  /// Neither this process nor its children gain privileges by exec (PR_SET_NO_NEW_PRIVS): an upgrade to a binary
  /// with file capabilities or set-user-ID runs it without them.
  bool no_new_privs = true;
  /// Permissions that files made from now on don't get.
  unsigned umask = 0027;
};

struct options {
  /// `address:port`, `[address]:port` (`[::]` is dual stack), `unix:/path`. At least one. With `https://` in
  /// front TLS is spoken there; with `redirect://` every request is sent to https by 308.
  std::vector<std::string> listen{"127.0.0.1:8080"};
  /// Worker threads. Zero: one per processor that the process may run on. At most 256.
  unsigned threads = 0;
  /// Connections that the kernel queues per listener; the kernel's own limit (somaxconn) applies.
  int backlog = 4096;
  /// File that holds the pid of the serving process, written atomically. Empty: none.
  std::string pid_file;
  /// Path of the control socket, which batonctl talks to; made with mode 0600. Empty: none. Relative
  /// to the directory the server is started in; at most 107 bytes in all.
  std::string control;
  /// Address of the admin listener, in a form of `listen`: metrics, health and the status page, without any
  /// authentication. At most 64 connections; the limits of the other listeners do not count there. Empty: none.
  std::string admin;
  /// The `Server` field. Empty: none is sent.
  std::string server_name = "Baton";
  log_level log = log_level::info;
  /// File that the log is appended to, made where there is none; a reload opens it anew. Empty: standard error.
  std::string log_file;
  /// Paths of plugins (`baton/plugin.hpp`) whose routes are served beside the program's; relative ones start
  /// in the directory that the program was started in. Empty: none.
  std::vector<std::string> plugin;

  access_log_options access_log;
  limit_options limits;
  timeout_options timeouts;
  drain_options drain;
  shutdown_options shutdown;
  upgrade_options upgrade;
  watch_options watch;
  websocket_options websocket;
  event_options events;
  tls_options tls;
  unix_options unix_socket;
  blocking_options blocking;
  proxy_options proxies;
  privilege_options privileges;
};

}  // namespace baton
