#include "content/file_answer.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include <fmt/core.h>

#include <baton/ranges.hpp>

#include "base/log.hpp"
#include "http/range_layout.hpp"

namespace baton::content {
namespace {

void set_fields(response& answer, const file_fields& fields) {
  if (!fields.cache_control.empty()) answer.set(field::cache_control, fields.cache_control);
  if (fields.varies) answer.set(field::vary, "Accept-Encoding");
}

response file_response(file_content content, http::range_layout& layout) {
  auto shared = std::make_shared<file_content>(std::move(content));
  shared->regions = std::move(layout.regions);
  shared->after = std::move(layout.after);
  return response::file(layout.content_type, std::move(shared), layout.status);
}

response selected_answer(const range_selection& selected, const file_fields& fields, file_source source) {
  http::range_layout layout = http::lay_out(selected, fields.type, source.size);
  const bool none = selected.what == range_selection::kind::unsatisfiable;
  response answer = none ? response::problem(layout.status, "range_not_satisfiable")
                         : file_response(std::move(source.content), layout);
  if (!none && source.how != http::coding::identity) {
    answer.set(field::content_encoding, http::to_string(source.how));
  }
  http::set_range_fields(answer, layout, source.current);
  set_fields(answer, fields);
  return answer;
}

}  // namespace

validators validators_of(const os::tree_entry& file) {
  const std::chrono::sys_time<std::chrono::nanoseconds> modified{std::chrono::nanoseconds{file.modified}};
  const auto now = std::chrono::system_clock::now();
  validators made;
  made.etag = fmt::format("\"{:x}-{:x}-{:x}\"", file.inode, file.size, static_cast<std::uint64_t>(file.modified));
  // A date to come must not be sent (RFC 9110 section 8.8.2.1).
  if (modified <= now) made.last_modified = std::chrono::floor<std::chrono::seconds>(modified);
  made.date_is_strong = modified + std::chrono::seconds{2} <= now;
  return made;
}

file_source source_of(os::tree_entry file, http::coding how) {
  file_source source;
  source.how = how;
  source.size = file.size;
  source.current = validators_of(file);
  source.content.descriptor = file.fd.get();
  source.content.keeps_open = std::make_shared<const os::unique_fd>(std::move(file.fd));
  return source;
}

file_source source_of(std::shared_ptr<const std::string> bytes, const validators& current, http::coding how) {
  file_source source;
  source.how = how;
  source.size = bytes->size();
  source.current = current;
  source.content.memory = *bytes;
  source.content.keeps_open = std::move(bytes);
  return source;
}

response answer_with(const request& req, const file_fields& fields, file_source source) {
  if (auto answer = precondition_answer(req, source.current)) {
    set_fields(*answer, fields);
    return std::move(*answer);
  }
  const range_selection selected = select_ranges(req, source.size, source.current);
  return selected_answer(selected, fields, std::move(source));
}

response answer_with_whole(const file_fields& fields, file_source source) {
  return selected_answer({}, fields, std::move(source));
}

bool asks_for_whole(const request& req) noexcept {
  return std::none_of(req.fields().begin(), req.fields().end(), [](const field_line& line) {
    return line.id == field::if_none_match || line.id == field::if_modified_since || line.id == field::if_match ||
           line.id == field::if_unmodified_since || line.id == field::range;
  });
}

response no_file() {
  return response::problem(status::not_found, "no_file");
}

response answer_to(const os::error& error) {
  switch (error.code.value()) {
    case EACCES:
    case EPERM:
      return response::problem(status::forbidden, "no_permission");
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      log::warning("a file cannot be served, answered with 503: {}", error.text());
      return response::problem(status::service_unavailable, "overloaded").set(field::retry_after, "1");
    case EIO:
      log::error("a file cannot be served, answered with 500: {}", error.text());
      return response::problem(status::internal_server_error);
    default:  // not there, a link that leads out, too long a name, a socket
      return no_file();
  }
}

}  // namespace baton::content
