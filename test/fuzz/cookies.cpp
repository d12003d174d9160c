// Cookies and what else is read out of field values: nothing is viewed outside of them, and what opens was sealed.
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include <baton/cookies.hpp>
#include <baton/negotiation.hpp>

#include "expect.hpp"
#include "http/base64url.hpp"
#include "http/request_access.hpp"

using namespace baton;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};
  request req;
  auto& fields = http::request_access::fields(req);
  fields.push_back({field::cookie, "Cookie", text});
  fields.push_back({field::accept, "Accept", text});
  fields.push_back({field::accept_language, "Accept-Language", text});
  const auto all = cookies_of(req);
  fuzz::expect(all.size() <= 200);
  for (const request_cookie& each : all) {
    fuzz::expect(!each.name.empty());
    fuzz::expect(each.value.empty() ||
                 (each.value.data() >= text.data() && each.value.data() + each.value.size() <= text.data() + size));
    fuzz::expect(cookie_of(req, each.name).has_value());
  }
  static_cast<void>(choose_type(req, {"text/html", "image/png"}));
  static_cast<void>(choose_language(req, {"de-CH", "en"}));
  if (is_local_target(text)) fuzz::expect(text[0] == '/' && text.find_first_of("\\\r\n\t") == std::string::npos);

  if (const auto bytes = http::from_base64url(text)) fuzz::expect(http::to_base64url(*bytes) == text);
  static const cookie_signer signer{{std::string(32, 'k')}};
  fuzz::expect(!signer.open("id", text, {}).has_value());
  fuzz::expect(signer.open("id", signer.seal("id", text.substr(0, 4000)), {}) == text.substr(0, 4000));
  try {
    const std::string line = set_cookie{"id", text}.to_string();
    fuzz::expect(line.find_first_of("\r\n", 0) == std::string::npos);
    fuzz::expect(line == "id=" + text + "; Path=/; Secure; HttpOnly; SameSite=Lax");
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
