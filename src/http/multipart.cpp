#include <baton/multipart.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "http/disposition.hpp"
#include "http/exchange.hpp"
#include "http/multipart_parser.hpp"
#include "http/request_access.hpp"
#include "http/syntax.hpp"

namespace baton {

using outcome = http::multipart_parser::outcome;

namespace {

[[noreturn]] void refuse(status with, std::string_view why) {
  const bool large = with == status::payload_too_large;
  throw http_error{with, large ? "multipart_too_large" : "bad_multipart"}.detail(std::string{why});
}

std::string boundary_of(const request& req) {
  const std::string_view type = req.get(field::content_type).value_or("");
  const std::size_t end = std::min(type.find(';'), type.size());
  if (!http::iequals(http::trim(type.substr(0, end)), "multipart/form-data")) {
    http_error error{status::unsupported_media_type, "multipart_expected"};
    error.detail("the body must be a multipart form").set("Accept", "multipart/form-data");
    throw error;
  }
  const auto parameters = http::parse_parameters(type.substr(end));
  const std::string* const boundary = parameters ? http::find_parameter(*parameters, "boundary") : nullptr;
  if (boundary == nullptr || !http::multipart_parser::is_boundary(*boundary)) {
    refuse(status::bad_request, "the boundary is missing or malformed");
  }
  return *boundary;
}

// A file that is removed again unless it is kept.
class new_file {
 public:
  explicit new_file(std::string path) : path_{std::move(path)}, file_{std::fopen(path_.c_str(), "wxe")} {
    if (file_ == nullptr) fail("cannot create ");
  }
  new_file(const new_file&) = delete;
  new_file& operator=(const new_file&) = delete;
  ~new_file() {
    if (file_ == nullptr) return;
    std::fclose(file_);
    std::remove(path_.c_str());
  }
  void write(std::string_view bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) fail("cannot write ");
  }
  void keep() {
    if (std::fclose(std::exchange(file_, nullptr)) == 0) return;
    const int error = errno;
    std::remove(path_.c_str());
    errno = error;
    fail("cannot write ");
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    throw std::system_error{errno, std::generic_category(), what + path_};
  }

  const std::string path_;
  std::FILE* file_;
};

}  // namespace

struct multipart_reader::state {
  state(request& r, body_stream& b, const multipart_limits& l)
      : req{r}, body{b}, limits{l}, parser{boundary_of(r), l} {}

  request& req;
  body_stream& body;
  const multipart_limits limits;
  http::multipart_parser parser;
  std::unique_ptr<multipart_part> part;
  bool over = false;
};

multipart_reader::multipart_reader(request& req, body_stream& body, multipart_limits limits)
    : state_{std::make_unique<state>(req, body, limits)} {}

multipart_reader::~multipart_reader() = default;

// Of the part that is open.
task<std::string_view> multipart_reader::read_piece() {
  state& s = *state_;
  while (!s.part->ended_) {
    const auto step = s.parser.next();
    switch (step.what) {
      case outcome::data:
        s.part->size_ += step.data.size();
        if (s.limits.part_size != 0 && s.part->size_ > s.limits.part_size) {
          refuse(status::payload_too_large, "a part is too large");
        }
        co_return step.data;
      case outcome::need_more: {
        const std::string_view more = co_await s.body.read();
        more.empty() ? s.parser.finish() : s.parser.feed(more);
        break;
      }
      case outcome::refused:
        refuse(s.parser.refusal(), s.parser.reason());
      default:
        s.part->ended_ = true;
    }
  }
  co_return std::string_view{};
}

task<multipart_part*> multipart_reader::next_part() {
  state& s = *state_;
  while (s.part && !s.part->ended_) static_cast<void>(co_await read_piece());
  s.part.reset();
  while (!s.over) {
    const auto step = s.parser.next();
    if (step.what == outcome::refused) refuse(s.parser.refusal(), s.parser.reason());
    if (step.what == outcome::part) {
      auto found = http::disposition_of(s.parser.fields());
      if (!found) refuse(status::bad_request, "a part does not say which field of the form it is");
      s.part.reset(new multipart_part{*this});  // NOLINT: its constructor is private
      s.part->name_ = std::move(found->name);
      s.part->filename_ = std::move(found->filename);
      s.part->fields_ = std::move(s.parser.fields());
      co_return s.part.get();
    }
    const std::string_view more = co_await s.body.read();
    s.over = more.empty() && step.what == outcome::end;
    more.empty() ? s.parser.finish() : s.parser.feed(more);
  }
  co_return nullptr;
}

std::string_view multipart_part::content_type() const noexcept {
  for (const part_field& each : fields_) {
    if (http::iequals(each.name, "Content-Type")) return each.value;
  }
  return "text/plain";
}

task<std::string_view> multipart_part::read() {
  return owner_.read_piece();
}

task<std::string> multipart_part::text(std::size_t limit) {
  std::string all;
  for (;;) {
    const std::string_view piece = co_await read();
    if (piece.empty()) co_return all;
    if (piece.size() > limit - all.size()) {
      throw http_error{status::payload_too_large, "part_too_large"}.detail("a field of the form is too long");
    }
    all += piece;
  }
}

task<std::uint64_t> multipart_part::save_as(std::string path) {
  constexpr std::size_t at_once = 256 * 1024;
  request& req = owner_.state_->req;
  std::unique_ptr<new_file> file;
  std::string gathered;
  std::uint64_t size = 0;
  for (bool more = true; more;) {
    const std::string_view piece = co_await read();
    more = !piece.empty();
    gathered += piece;
    size += piece.size();
    if (more && gathered.size() < at_once) continue;
    const handler::plain write = [&](request&) {
      if (!file) file = std::make_unique<new_file>(path);
      file->write(gathered);
      if (!more) file->keep();
      return response{};
    };
    static_cast<void>(co_await http::request_access::exchange(req)->run_blocking(write, req));
    gathered.clear();
  }
  co_return size;
}

std::string safe_file_name(std::string_view name) {
  constexpr std::size_t longest = 200;
  name = name.substr(name.find_last_of("/\\") + 1);
  name.remove_prefix(std::min(name.find_first_not_of(". "), name.size()));
  std::string safe{name.substr(0, longest)};
  for (char& c : safe) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f ||
        std::string_view{"<>:\"|?*"}.find(c) != std::string_view::npos)
      c = '_';
  }
  return safe.empty() ? "unnamed" : safe;
}

}  // namespace baton
