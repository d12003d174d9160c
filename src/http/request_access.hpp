// The engine's way into a request: handlers read it, only the engine fills it. One class of static
// functions instead of a dozen public setters that no handler should see.
#pragma once

#include <string>
#include <vector>

#include <baton/request.hpp>

namespace baton::http {

class request_access {
 public:
  static baton::method& method(request& r) noexcept { return r.method_; }
  static unsigned& version(request& r) noexcept { return r.version_; }
  static std::string_view& method_text(request& r) noexcept { return r.method_text_; }
  static std::string_view& target(request& r) noexcept { return r.target_; }
  static std::string_view& path(request& r) noexcept { return r.path_; }
  static std::string_view& query(request& r) noexcept { return r.query_; }
  static std::string_view& host(request& r) noexcept { return r.host_; }
  static std::string_view& body(request& r) noexcept { return r.body_; }
  static std::string_view& pattern(request& r) noexcept { return r.pattern_; }
  static std::optional<std::uint64_t>& content_length(request& r) noexcept { return r.content_length_; }
  static std::vector<field_line>& fields(request& r) noexcept { return r.fields_; }
  static std::vector<field_line>& trailers(request& r) noexcept { return r.trailers_; }
  static std::vector<path_param>& params(request& r) noexcept { return r.params_; }
  static std::string& path_storage(request& r) noexcept { return r.path_storage_; }
  static const connection_info*& connection(request& r) noexcept { return r.connection_; }
  static http::exchange*& exchange(request& r) noexcept { return r.exchange_; }
  static http::exchange* exchange(const request& r) noexcept { return r.exchange_; }
  static std::uint64_t& serial(request& r) noexcept { return r.serial_; }
  static std::uint64_t serial(const request& r) noexcept { return r.serial_; }
  /// Of its connection; 0 without one.
  static std::uint64_t connection_id(const request& r) noexcept { return r.connection_ ? r.connection_->id : 0; }

  /// Destroys what was left with it, when its answer has gone: the code that made it may go next.
  static void drop_values(request& r) noexcept { r.values_.reset(); }

  /// Empties the request for the next one on the same connection; keeps the vectors' capacity and the
  /// connection.
  static void clear(request& r) noexcept;
};

}  // namespace baton::http
