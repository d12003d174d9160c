#include "http/forwarded.hpp"

#include <array>
#include <optional>

#include "http/syntax.hpp"

namespace baton::http {
namespace {

// What the elements read so far come to.
class walk {
 public:
  explicit walk(const proxy_trust& trust) noexcept : trust_{trust} {}

  void element(const client_address& address, std::string_view scheme) noexcept {
    if (found_ && contains(trust_.trusted, address)) return;
    found_ = forwarded_client{address, scheme};
  }
  /// Nobody knows who wrote what stands before it, nor whom it names itself; the proxy it is not.
  void unreadable() noexcept { found_.emplace(); }
  [[nodiscard]] const std::optional<forwarded_client>& found() const noexcept { return found_; }

 private:
  const proxy_trust& trust_;
  std::optional<forwarded_client> found_;
};

std::string_view scheme_of(std::string_view text) noexcept {
  if (iequals(text, "https")) return "https";
  return iequals(text, "http") ? std::string_view{"http"} : std::string_view{};
}

// RFC 7239 section 6: an IPv6 address has brackets, and a port may be hidden (`_name`).
std::optional<client_address> node_of(std::string_view text) noexcept {
  const std::size_t colon = text.rfind(':');
  const bool hides_port = colon != std::string_view::npos && text.substr(colon + 1).starts_with('_');
  if (hides_port) text = text.substr(0, colon);
  if (text.starts_with('[')) return client_address::parse(text);
  const auto parsed = client_address::parse(text);
  if (!parsed || parsed->kind() != client_address::family::ipv4 || text.find("::") != text.npos) return std::nullopt;
  return parsed;
}

// One `Forwarded` line, taken apart from its front.
class forwarded_line {
 public:
  explicit forwarded_line(std::string_view text) noexcept : rest_{text} {}

  /// False: the line cannot be read on.
  bool read(walk& into) noexcept {
    while (skip_blanks(), !rest_.empty()) {
      if (take(',')) continue;
      for_ = proto_ = {};
      if (!element()) return false;
      const auto address = node_of(for_);
      if (address) {
        into.element(*address, scheme_of(proto_));
      } else {
        into.unreadable();
      }
    }
    return true;
  }

 private:
  void skip_blanks() noexcept {
    while (rest_.starts_with(' ') || rest_.starts_with('\t')) rest_.remove_prefix(1);
  }
  bool take(char c) noexcept {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool element() noexcept {
    do {
      skip_blanks();
      if (rest_.empty() || rest_.front() == ',') return true;  // a `;` at the end
      if (rest_.front() != ';' && !pair()) return false;
      skip_blanks();
    } while (take(';'));
    return rest_.empty() || rest_.front() == ',';
  }
  bool pair() noexcept {
    const std::string_view name = token();
    std::string_view text;
    if (name.empty() || !take('=') || !value(text)) return false;
    std::string_view* const known = iequals(name, "for") ? &for_ : iequals(name, "proto") ? &proto_ : nullptr;
    if (known == nullptr) return true;
    if (!known->empty()) return false;  // twice
    *known = text;
    return true;
  }
  std::string_view token() noexcept {
    std::size_t length = 0;
    while (length < rest_.size() && is_token_char(rest_[length])) ++length;
    const std::string_view found = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return found;
  }
  // No address needs an escape: one that has some is none.
  bool value(std::string_view& into) noexcept {
    if (!take('"')) {
      into = token();
      return !into.empty();
    }
    std::size_t end = 0;
    while (end < rest_.size() && rest_[end] != '"') end += rest_[end] == '\\' ? 2 : 1;
    if (end >= rest_.size()) return false;
    into = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return true;
  }

  std::string_view rest_;
  std::string_view for_;
  std::string_view proto_;
};

void read_list(std::string_view line, walk& into) noexcept {
  while (!line.empty()) {
    const std::string_view element = take_element(line);
    if (element.empty()) continue;
    const auto address = client_address::parse(element);
    if (address && address->kind() != client_address::family::local) {
      into.element(*address, {});
    } else {
      into.unreadable();
    }
  }
}

// The last one's: it stands next to the proxy that is trusted.
std::string_view last_scheme(std::string_view line) noexcept {
  const std::size_t comma = line.rfind(',');
  return scheme_of(trim(comma == std::string_view::npos ? line : line.substr(comma + 1)));
}

enum class field_kind : std::uint8_t { other, forwarded, x_for, x_proto };

field_kind kind_of(std::string_view name) noexcept {
  constexpr std::string_view forwarded = "Forwarded";
  constexpr std::string_view x_for = "X-Forwarded-For";
  constexpr std::string_view x_proto = "X-Forwarded-Proto";
  if (name.size() == forwarded.size() && iequals(name, forwarded)) return field_kind::forwarded;
  if (name.size() == x_for.size() && iequals(name, x_for)) return field_kind::x_for;
  return iequals(name, x_proto) ? field_kind::x_proto : field_kind::other;
}

// `any`: both are there, and which of them the client wrote cannot be told.
forwarded_field usable(std::span<const field_line> fields, forwarded_field wanted) noexcept {
  if (wanted != forwarded_field::any) return wanted;
  bool forwarded = false;
  bool x_for = false;
  for (const field_line& line : fields) {
    const field_kind kind = kind_of(line.name);
    forwarded = forwarded || kind == field_kind::forwarded;
    x_for = x_for || kind == field_kind::x_for;
  }
  if (forwarded) return x_for ? forwarded_field::any : forwarded_field::forwarded;
  return forwarded_field::x_forwarded_for;
}

address_list parsed(const std::vector<std::string>& texts) {
  address_list all;
  for (const std::string& text : texts) {
    if (const auto prefix = address_prefix::parse(text)) all.push_back(*prefix);
  }
  return all;
}

}  // namespace

proxy_trust::proxy_trust(const proxy_options& given)
    : trusted{parsed(given.trusted)}, field{given.field}, announcing{parsed(given.protocol)} {}

forwarded_client find_client(const client_address& peer, std::span<const field_line> fields,
                             const proxy_trust& trust) noexcept {
  if (!contains(trust.trusted, peer)) return {peer, {}};
  const forwarded_field field = usable(fields, trust.field);
  if (field == forwarded_field::any) return {};
  walk hops{trust};
  std::string_view scheme;
  for (const field_line& line : fields) {
    const field_kind kind = kind_of(line.name);
    if (kind == field_kind::forwarded && field == forwarded_field::forwarded) {
      if (!forwarded_line{line.value}.read(hops)) hops.unreadable();
    } else if (kind == field_kind::x_for && field == forwarded_field::x_forwarded_for) {
      read_list(line.value, hops);
    } else if (kind == field_kind::x_proto && field == forwarded_field::x_forwarded_for) {
      scheme = last_scheme(line.value);
    }
  }
  forwarded_client found = hops.found().value_or(forwarded_client{peer, {}});
  if (!scheme.empty()) found.scheme = scheme;
  return found;
}

}  // namespace baton::http
