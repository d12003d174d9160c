#include <baton/request.hpp>

#include <random>
#include <stdexcept>

#include <fmt/format.h>

#include "http/exchange.hpp"
#include "http/forwarded.hpp"
#include "http/percent.hpp"
#include "http/request_access.hpp"
#include "http/syntax.hpp"

namespace baton {
namespace {

// One draw per process: requests of two generations that overlap must not share an identifier.
std::uint64_t process_prefix() {
  static const std::uint64_t drawn = [] {
    std::random_device source;
    return (std::uint64_t{source()} << 32) | source();
  }();
  return drawn;
}

}  // namespace

std::optional<std::string_view> request::get(baton::field id) const noexcept {
  if (id == field::unknown) return std::nullopt;
  for (const field_line& line : fields_) {
    if (line.id == id) return line.value;
  }
  return std::nullopt;
}

std::optional<std::string_view> request::get(std::string_view name) const noexcept {
  for (const field_line& line : fields_) {
    if (http::iequals(line.name, name)) return line.value;
  }
  return std::nullopt;
}

std::chrono::system_clock::time_point request::now() const noexcept {
  return exchange_ == nullptr ? std::chrono::system_clock::now() : exchange_->now();
}

std::chrono::steady_clock::time_point request::steady_now() const noexcept {
  return exchange_ == nullptr ? std::chrono::steady_clock::now() : exchange_->steady_now();
}

namespace {

http::forwarded_client client_of(const connection_info* peer, const http::exchange* exchange,
                                 std::span<const field_line> fields) noexcept {
  if (peer == nullptr) return {};
  const http::proxy_trust* const trust = exchange == nullptr ? nullptr : exchange->trust();
  if (trust == nullptr || trust->trusted.empty()) return {peer->client, {}};
  return http::find_client(peer->client, fields, *trust);
}

}  // namespace

client_address request::client() const noexcept {
  return client_of(connection_, exchange_, fields_).address;
}

std::string_view request::scheme() const noexcept {
  const std::string_view said = client_of(connection_, exchange_, fields_).scheme;
  if (!said.empty()) return said;
  return exchange_ != nullptr && exchange_->secure() ? "https" : "http";
}

std::string request::id() const {
  static const std::string prefix = fmt::format("{:016x}-", process_prefix());
  constexpr std::size_t longest_number = 20;
  std::string text;
  text.reserve(prefix.size() + longest_number + 1 + longest_number);
  text += prefix;
  const fmt::format_int connection{connection_ == nullptr ? 0 : connection_->id};
  text.append(connection.data(), connection.size());
  text += '-';
  const fmt::format_int serial{serial_};
  return text.append(serial.data(), serial.size());
}

std::string_view request::param_text(std::string_view name) const {
  for (const path_param& param : params_) {
    if (param.name == name) return param.value;
  }
  throw std::logic_error{fmt::format("pattern \"{}\" has no wildcard \"{}\"", pattern_, name)};
}

std::optional<std::string> request::query_text(std::string_view name) const {
  std::string decoded;
  for (std::string_view rest = query_; !rest.empty();) {
    const std::size_t end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    const std::size_t equals = pair.find('=');
    decoded.clear();
    // A name that cannot be decoded is the name of nothing.
    if (!http::append_decoded(decoded, pair.substr(0, equals), http::plus_sign::means_space)) continue;
    if (decoded != name) continue;
    decoded.clear();
    if (equals == std::string_view::npos) return decoded;
    if (!http::append_decoded(decoded, pair.substr(equals + 1), http::plus_sign::means_space)) refuse_parameter(name);
    return decoded;
  }
  return std::nullopt;
}

void request::refuse_parameter(std::string_view name) {
  throw http_error{status::bad_request, "invalid_parameter"}.detail(
      fmt::format("the parameter \"{}\" does not have the form that is expected", name));
}

namespace http {

void request_access::clear(request& r) noexcept {
  constexpr std::size_t huge_path = 4096;
  r.method_ = method::unknown;
  r.version_ = 11;
  r.method_text_ = r.target_ = r.path_ = r.query_ = r.host_ = r.body_ = r.pattern_ = {};
  r.content_length_.reset();
  r.fields_.clear();
  r.trailers_.clear();
  r.params_.clear();
  if (r.path_storage_.capacity() > huge_path) {
    r.path_storage_ = std::string{};
  } else {
    r.path_storage_.clear();
  }
  r.exchange_ = nullptr;
  r.serial_ = 0;
  r.values_.reset();
}

}  // namespace http
}  // namespace baton
