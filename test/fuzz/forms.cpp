// Forms and JSON documents: what is read is bounded, and what JSON is read can be written and read again.
#include <cstdint>
#include <string>
#include <string_view>

#include <baton/forms.hpp>
#include <baton/json.hpp>

#include "expect.hpp"

using namespace baton;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  try {
    const form_fields form = parse_urlencoded(text, 20);
    fuzz::expect(form.size() <= 20);
    for (const form_field& each : form) fuzz::expect(form.find(each.name) != nullptr);
  } catch (const http_error& error) {
    fuzz::expect(error.status_code() == status::bad_request);
  }
  json_options bounds;
  bounds.depth = 8;
  bounds.values = 100;
  try {
    const json_value document = parse_json(text, bounds);
    const std::string written = to_json(document);
    fuzz::expect(to_json(parse_json(written, bounds)) == written);
    static_cast<void>(from_json<std::map<std::string, std::vector<double>>>(document, bounds));
  } catch (const http_error& error) {
    const auto code = static_cast<unsigned>(error.status_code());
    fuzz::expect(code == 400 || code == 422);
  }
  return 0;
}
