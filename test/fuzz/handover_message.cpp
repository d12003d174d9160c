// Messages of the hand-over: what can be read can be written, and reads as the same bytes again.
#include <cstdint>
#include <string_view>

#include "expect.hpp"
#include "upgrade/handover_message.hpp"

using namespace baton;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = upgrade::decode({reinterpret_cast<const char*>(data), size});
  if (!message) {
    fuzz::expect(!message.error().text().empty());
    return 0;
  }
  const auto bytes = upgrade::encode(*message);
  fuzz::expect(bytes.has_value());
  const auto again = upgrade::decode(*bytes);
  fuzz::expect(again.has_value() && again->index() == message->index());
  const auto twice = upgrade::encode(*again);
  fuzz::expect(twice.has_value() && *twice == *bytes);
  return 0;
}
