#include "upgrade/handover_message.hpp"

namespace baton::upgrade {
namespace {

constexpr std::size_t header_size = 8;
enum message_type : std::uint8_t { start = 1, ready = 2, failed = 3, released = 4 };

os::error refused(std::string why) {
  return {"hand-over message: " + std::move(why), {}};
}

void put_number(std::string& out, std::uint32_t number) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(number >> shift & 0xff);
}

// Takes numbers and texts from the front; once something was missing it is `broken` for good.
class reader {
 public:
  explicit reader(std::string_view bytes) noexcept : rest_{bytes} {}

  std::uint32_t number() noexcept {
    const std::string_view bytes = text(4);
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    }
    return value;
  }

  std::string_view text(std::size_t size) noexcept {
    if (size > rest_.size()) {
      broken_ = true;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  [[nodiscard]] std::size_t left() const noexcept { return rest_.size(); }
  [[nodiscard]] bool whole() const noexcept { return !broken_ && rest_.empty(); }
  [[nodiscard]] bool broken() const noexcept { return broken_; }

 private:
  std::string_view rest_;
  bool broken_ = false;
};

std::string framed(message_type type, const std::string& body) {
  std::string out{static_cast<char>(type), static_cast<char>(protocol_version), '\0', '\0'};
  put_number(out, static_cast<std::uint32_t>(body.size()));
  return out + body;
}

os::result<std::string> encode_one(const start_message& message) {
  if (message.specs.size() > max_specs) return refused("too many listeners");
  std::string body;
  put_number(body, message.generation);
  put_number(body, static_cast<std::uint32_t>(message.specs.size()));
  for (const auto& spec : message.specs) {
    if (spec.size() > max_spec_size) return refused("a listener's text is too long");
    put_number(body, static_cast<std::uint32_t>(spec.size()));
    body += spec;
  }
  if (header_size + body.size() > max_message_size) return refused("the listeners' texts are too long");
  return framed(start, body);
}

os::result<std::string> encode_one(const ready_message& message) {
  std::string body;
  put_number(body, message.pid);
  return framed(ready, body);
}

os::result<std::string> encode_one(const failed_message& message) {
  return framed(failed, message.text.substr(0, max_failure_size));
}

os::result<std::string> encode_one(const released_message&) {
  return framed(released, {});
}

os::result<handover_message> decode_start(reader body) {
  start_message message;
  message.generation = body.number();
  const std::uint32_t count = body.number();
  if (count > max_specs) return refused("too many listeners");
  for (std::uint32_t i = 0; i < count && !body.broken(); ++i) {
    const std::uint32_t size = body.number();
    if (size > max_spec_size) return refused("a listener's text is too long");
    message.specs.emplace_back(body.text(size));
  }
  if (!body.whole()) return refused("START does not end where it should");
  if (message.generation < 2) return refused("no successor has generation " + std::to_string(message.generation));
  return handover_message{std::move(message)};
}

os::result<handover_message> decode_ready(reader body) {
  const ready_message message{body.number()};
  if (!body.whole()) return refused("READY does not end where it should");
  return handover_message{message};
}

os::result<handover_message> decode_failed(reader body) {
  if (body.left() > max_failure_size) return refused("FAILED is too long");
  return handover_message{failed_message{std::string{body.text(body.left())}}};
}

os::result<handover_message> decode_released(reader body) {
  if (!body.whole()) return refused("RELEASED does not end where it should");
  return handover_message{released_message{}};
}

}  // namespace

os::result<std::string> encode(const handover_message& message) {
  return std::visit([](const auto& one) { return encode_one(one); }, message);
}

os::result<handover_message> decode(std::string_view bytes) {
  if (bytes.size() < header_size || bytes.size() > max_message_size) return refused("no whole message");
  const auto type = static_cast<unsigned char>(bytes[0]);
  const auto version = static_cast<unsigned char>(bytes[1]);
  if (version != protocol_version) {
    return refused("version " + std::to_string(version) + ", this build speaks " + std::to_string(protocol_version));
  }
  if (bytes[2] != '\0' || bytes[3] != '\0') return refused("reserved bytes are set");
  reader rest{bytes.substr(4)};
  if (rest.number() != rest.left()) return refused("the length is wrong");
  switch (type) {
    case start:
      return decode_start(rest);
    case ready:
      return decode_ready(rest);
    case failed:
      return decode_failed(rest);
    case released:
      return decode_released(rest);
    default:
      return refused("unknown type " + std::to_string(type));
  }
}

}  // namespace baton::upgrade
