#include "upgrade/handover_message.hpp"

#include <algorithm>
#include <optional>

#include "upgrade/wire.hpp"

namespace baton::upgrade {
namespace {

constexpr std::size_t header_size = 8;
constexpr std::size_t max_address_size = 256;
os::error refused(std::string why) {
  return {"hand-over message: " + std::move(why), {}};
}

struct body_of {
  explicit body_of(message_type t) : type{t} {}
  message_type type;
  wire_writer body;
  std::string wrong;  // empty: it can be sent
};

std::string framed(message_type type, const std::string& body) {
  wire_writer out;
  out.bytes(std::string{static_cast<char>(type), static_cast<char>(protocol_version), '\0', '\0'});
  out.text(body);
  return out.str();
}

void put_specs(body_of& into, const std::vector<std::string>& specs) {
  if (specs.size() > max_specs) into.wrong = "too many listeners";
  into.body.number(static_cast<std::uint32_t>(specs.size()));
  for (const auto& spec : specs) {
    if (spec.size() > max_spec_size) into.wrong = "a listener's text is too long";
    into.body.text(spec);
  }
}

std::vector<std::string> take_specs(wire_reader& body) {
  std::vector<std::string> specs;
  const std::uint32_t count = body.number();
  if (count > max_specs) body.fail();
  for (std::uint32_t i = 0; i < count && !body.broken(); ++i) specs.emplace_back(body.text(max_spec_size));
  return specs;
}

body_of write(const start_message& message) {
  body_of made{message_type::start};
  made.body.number(message.generation);
  put_specs(made, message.specs);
  return made;
}

body_of write(const ready_message& message) {
  body_of made{message_type::ready};
  made.body.number(message.pid);
  made.body.number(message.features);
  put_specs(made, message.unwanted);
  return made;
}

body_of write(const failed_message& message) {
  body_of made{message_type::failed};
  made.body.bytes(std::string_view{message.text}.substr(0, max_failure_size));
  return made;
}

body_of write(const roll_back_message& message) {
  body_of made{message_type::roll_back};
  made.body.bytes(std::string_view{message.by}.substr(0, max_failure_size));
  return made;
}

body_of write(const state_wanted_message& message) {
  body_of made{message_type::state_wanted};
  made.body.large_number(message.limit);
  return made;
}

body_of write(const state_message& message) {
  body_of made{message_type::state};
  if (message.name.size() > max_name_size) made.wrong = "a state's name is too long";
  made.body.text(message.name);
  made.body.number(message.version);
  made.body.large_number(message.size);
  return made;
}

body_of write(const state_end_message& message) {
  body_of made{message_type::state_end};
  made.body.bytes(std::string_view{message.error}.substr(0, max_failure_size));
  return made;
}

body_of write(const counters_message& message) {
  body_of made{message_type::counters};
  if (message.counters.size() > max_counters) made.wrong = "too many counters";
  made.body.number(message.whole ? 1 : 0);
  made.body.number(static_cast<std::uint32_t>(message.counters.size()));
  for (const auto& [name, value] : message.counters) {
    if (name.size() > max_name_size) made.wrong = "a counter's name is too long";
    made.body.text(name);
    made.body.large_number(value);
  }
  return made;
}

void put_connection(body_of& into, const net::moving_connection& moving) {
  wire_writer& body = into.body;
  if (moving.peer.size() > max_address_size || moving.local.size() > max_spec_size ||
      moving.bytes.size() > net::max_moving_bytes) {
    into.wrong = "a connection's texts are too long";
  }
  body.number(static_cast<std::uint32_t>(moving.family));
  body.number(static_cast<std::uint32_t>(moving.stage));
  body.large_number(moving.peer_group);
  body.number(moving.peer_counted ? 1 : 0);
  body.large_number(moving.requests);
  body.large_number(static_cast<std::uint64_t>(moving.age.count()));
  body.large_number(static_cast<std::uint64_t>(moving.waited.count()));
  body.text(moving.peer);
  body.text(moving.local);
  body.text(moving.bytes);
}

// A peer's clock can be no excuse for an overflow in ours.
std::chrono::milliseconds take_duration(wire_reader& body) {
  constexpr std::uint64_t longest = std::chrono::milliseconds{std::chrono::hours{24 * 365}}.count();
  return std::chrono::milliseconds{std::min(body.large_number(), longest)};
}

net::moving_connection take_connection(wire_reader& body) {
  net::moving_connection moving;
  moving.family = static_cast<int>(body.number());
  const std::uint32_t stage = body.number();
  if (stage > static_cast<std::uint32_t>(net::moving_stage::head)) body.fail();
  moving.stage = static_cast<net::moving_stage>(stage);
  moving.peer_group = body.large_number();
  moving.peer_counted = body.number() != 0;
  moving.requests = body.large_number();
  moving.age = take_duration(body);
  moving.waited = take_duration(body);
  moving.peer = body.text(max_address_size);
  moving.local = body.text(max_spec_size);
  moving.bytes = body.text(net::max_moving_bytes);
  return moving;
}

body_of write(const connections_message& message) {
  body_of made{message_type::connections};
  if (message.connections.size() > max_connections) made.wrong = "too many connections";
  made.body.number(message.serial);
  made.body.number(static_cast<std::uint32_t>(message.connections.size()));
  for (const auto& each : message.connections) put_connection(made, each);
  return made;
}

body_of write(const adopted_message& message) {
  body_of made{message_type::adopted};
  if (message.taken.size() > max_connections) made.wrong = "too many connections";
  made.body.number(message.serial);
  std::string flags;
  for (const bool taken : message.taken) flags += taken ? '\1' : '\0';
  made.body.text(flags);
  return made;
}

body_of write(const progress_message& message) {
  body_of made{message_type::progress};
  for (const std::uint32_t each : {message.pid, message.generation, message.phase, message.fresh, message.active,
                                   message.idle, message.upgraded}) {
    made.body.number(each);
  }
  for (const std::uint64_t each : {message.age_ms, message.in_phase_ms, message.left_ms}) made.body.large_number(each);
  return made;
}

template <message_type Type>
body_of write(const plain_message<Type>&) {
  return body_of{Type};
}

handover_message read_start(wire_reader& body) {
  start_message message;
  message.generation = body.number();
  message.specs = take_specs(body);
  if (message.generation < 2) body.fail();  // no successor has it
  return message;
}

handover_message read_ready(wire_reader& body) {
  ready_message message;
  message.pid = body.number();
  message.features = body.number();
  message.unwanted = take_specs(body);
  return message;
}

std::string read_text(wire_reader& body) {
  if (body.left() > max_failure_size) body.fail();
  return std::string{body.bytes(body.left())};
}

handover_message read_state(wire_reader& body) {
  state_message message;
  message.name = body.text(max_name_size);
  message.version = body.number();
  message.size = body.large_number();
  return message;
}

handover_message read_counters(wire_reader& body) {
  counters_message message;
  message.whole = body.number() != 0;
  const std::uint32_t count = body.number();
  if (count > max_counters) body.fail();
  for (std::uint32_t i = 0; i < count && !body.broken(); ++i) {
    std::string name{body.text(max_name_size)};
    message.counters.emplace_back(std::move(name), body.large_number());
  }
  return message;
}

handover_message read_connections(wire_reader& body) {
  connections_message message;
  message.serial = body.number();
  const std::uint32_t count = body.number();
  if (count > max_connections) body.fail();
  for (std::uint32_t i = 0; i < count && !body.broken(); ++i) message.connections.push_back(take_connection(body));
  return message;
}

handover_message read_adopted(wire_reader& body) {
  adopted_message message;
  message.serial = body.number();
  for (const char flag : body.text(max_connections)) message.taken.push_back(flag != '\0');
  return message;
}

handover_message read_progress(wire_reader& body) {
  progress_message message;
  for (std::uint32_t* const each : {&message.pid, &message.generation, &message.phase, &message.fresh, &message.active,
                                    &message.idle, &message.upgraded}) {
    *each = body.number();
  }
  for (std::uint64_t* const each : {&message.age_ms, &message.in_phase_ms, &message.left_ms}) {
    *each = body.large_number();
  }
  return message;
}

// nullopt: a type that this build does not know.
std::optional<handover_message> read(std::uint8_t type, wire_reader& body) {
  switch (static_cast<message_type>(type)) {
    case message_type::start:
      return read_start(body);
    case message_type::ready:
      return read_ready(body);
    case message_type::failed:
      return failed_message{read_text(body)};
    case message_type::released:
      return released_message{};
    case message_type::state_wanted:
      return state_wanted_message{body.large_number()};
    case message_type::state:
      return read_state(body);
    case message_type::state_end:
      return state_end_message{read_text(body)};
    case message_type::counters:
      return read_counters(body);
    case message_type::connections:
      return read_connections(body);
    case message_type::adopted:
      return read_adopted(body);
    case message_type::drained:
      return drained_message{};
    case message_type::leave:
      return leave_message{};
    case message_type::stopping:
      return stopping_message{};
    case message_type::alive:
      return alive_message{};
    case message_type::roll_back:
      return roll_back_message{read_text(body)};
    case message_type::taken_back:
      return taken_back_message{};
    case message_type::progress:
      return read_progress(body);
  }
  return std::nullopt;
}

}  // namespace

os::result<std::string> encode(const handover_message& message) {
  const body_of made = std::visit([](const auto& one) { return write(one); }, message);
  if (!made.wrong.empty()) return refused(made.wrong);
  if (header_size + made.body.str().size() > max_message_size) return refused("it is too long");
  return framed(made.type, made.body.str());
}

os::result<handover_message> decode(std::string_view bytes) {
  if (bytes.size() < header_size || bytes.size() > max_message_size) return refused("no whole message");
  const auto type = static_cast<unsigned char>(bytes[0]);
  const auto version = static_cast<unsigned char>(bytes[1]);
  if (version != protocol_version) {
    return refused("version " + std::to_string(version) + ", this build speaks " + std::to_string(protocol_version));
  }
  if (bytes[2] != '\0' || bytes[3] != '\0') return refused("reserved bytes are set");
  wire_reader rest{bytes.substr(4)};
  if (rest.number() != rest.left()) return refused("the length is wrong");
  auto message = read(type, rest);
  if (!message) return refused("unknown type " + std::to_string(type));
  if (!rest.whole()) return refused("type " + std::to_string(type) + " is malformed");
  return std::move(*message);
}

}  // namespace baton::upgrade
