// Forwarded and X-Forwarded-For, and the addresses and prefixes in them: nobody who is not trusted is believed, and
// what is printed parses to the same.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "expect.hpp"
#include "http/forwarded.hpp"

using namespace baton;

namespace {

http::proxy_trust trust_of(forwarded_field field) {
  proxy_options given;
  given.trusted = {"10.0.0.0/8", "::/1"};
  given.field = field;
  return http::proxy_trust{given};
}

void check_address(std::string_view text) {
  static_cast<void>(address_prefix::parse(text));
  const auto address = client_address::parse(text);
  if (!address) return;
  const auto again = client_address::parse(address->to_string());
  fuzz::expect(again.has_value() && *again == *address);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const http::proxy_trust forwarded = trust_of(forwarded_field::forwarded);
  static const http::proxy_trust x_forwarded = trust_of(forwarded_field::x_forwarded_for);
  const client_address proxy = *client_address::parse("10.0.0.1:80");
  const client_address stranger = *client_address::parse("192.0.2.1:80");
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  check_address(bytes);
  // Lines of the input are field lines, of either name.
  std::vector<field_line> fields;
  for (std::string_view rest = bytes; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    const std::string_view value = rest.substr(0, end);
    fields.push_back({field::unknown, "Forwarded", value});
    fields.push_back({field::unknown, "X-Forwarded-For", value});
    fields.push_back({field::unknown, "X-Forwarded-Proto", value});
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  for (const http::proxy_trust* trust : {&forwarded, &x_forwarded}) {
    fuzz::expect(http::find_client(stranger, fields, *trust).address == stranger);
    const http::forwarded_client found = http::find_client(proxy, fields, *trust);
    fuzz::expect(found.address.kind() != client_address::family::local);  // whom a rate limit lets through
    fuzz::expect(found.scheme.empty() || found.scheme == "http" || found.scheme == "https");
  }
  return 0;
}
