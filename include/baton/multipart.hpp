// Uploads piece by piece: multipart/form-data (RFC 7578, framing by RFC 2046 section 5.1) over a body_stream. A part of
// any size takes a few dozen kilobytes of memory.
//
//     routes.post("/upload", [](baton::request& req, baton::body_stream& body) -> baton::task<baton::response> {
//       baton::multipart_reader form{req, body};
//       while (baton::multipart_part* part = co_await form.next_part()) {
//         if (part->filename()) co_await part->save_as("/srv/uploads/" + random_name());
//         else note(part->name(), co_await part->text());
//       }
//       co_return baton::response{baton::status::no_content};
//     }, {.body = 512 << 20});
//
// Nested multiparts are not unfolded: a part's content type is the sender's claim, and its bytes are just bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <baton/body_stream.hpp>
#include <baton/request.hpp>

namespace baton {

/// What is taken of a multipart body; the whole is bounded by the route's body limit.
struct multipart_limits {
  multipart_limits() noexcept {}
  std::size_t parts = 256;           ///< more are refused with 413
  std::size_t part_head = 8 * 1024;  ///< bytes of one part's fields; 413
  std::size_t part_fields = 16;      ///< of one part; 413
  std::uint64_t part_size = 0;       ///< bytes of one part's content, 413; 0: no limit but the body's
};

/// A field of a part's head.
struct part_field {
  std::string name;
  std::string value;
};

class multipart_reader;

/// The part that is being read. Lives in its reader, until the next `next_part`.
class multipart_part {
 public:
  /// The form field's name, as sent.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// The file name as sent, for showing. It is any text that the client likes: no path may be made of it, see
  /// safe_file_name. nullopt for what is no file.
  [[nodiscard]] const std::optional<std::string>& filename() const noexcept { return filename_; }
  /// As the client claims; `text/plain` where it claims nothing (RFC 7578 section 4.4).
  [[nodiscard]] std::string_view content_type() const noexcept;
  /// In the order sent; names compare as they are written.
  [[nodiscard]] const std::vector<part_field>& fields() const noexcept { return fields_; }
  [[nodiscard]] std::uint64_t size_so_far() const noexcept { return size_; }

  /// The next piece of the content; empty at its end, then and ever after. Valid until the next read. Throws as
  /// body_stream::read, and http_error as multipart_reader::next_part.
  [[nodiscard]] task<std::string_view> read();
  /// All that is left of the content. 413 (`part_too_large`) for more than `limit` bytes.
  [[nodiscard]] task<std::string> text(std::size_t limit = 64 * 1024);
  /// Writes what is left of the content into a new file on the blocking pool, 256 KiB at a time, and returns its size.
  /// Throws std::system_error where the file exists or cannot be written, and as `read`; a file that is not whole is
  /// removed again. The file is not synced. `path` is the handler's own, never the client's.
  [[nodiscard]] task<std::uint64_t> save_as(std::string path);

 private:
  friend class multipart_reader;
  explicit multipart_part(multipart_reader& owner) noexcept : owner_{owner} {}

  multipart_reader& owner_;
  std::string name_;
  std::optional<std::string> filename_;
  std::vector<part_field> fields_;
  std::uint64_t size_ = 0;
  bool ended_ = false;
};

/// One per request; one coroutine at a time. Both references must outlive it.
class multipart_reader {
 public:
  /// Throws http_error: 415 where Content-Type is not multipart/form-data, 400 (`bad_multipart`) for a boundary that is
  /// missing, longer than 70 characters or has others than RFC 2046 allows.
  multipart_reader(request& req, body_stream& body, multipart_limits limits = {});
  ~multipart_reader();
  multipart_reader(const multipart_reader&) = delete;
  multipart_reader& operator=(const multipart_reader&) = delete;

  /// The next part, what is unread of the one before passed over; null when there is none any more, and the body has
  /// been read to its end. Throws http_error: 400 (`bad_multipart`) for what is not well-formed, or ends before its
  /// last boundary; 413 (`multipart_too_large`) over a limit; and what body_stream::read throws.
  [[nodiscard]] task<multipart_part*> next_part();

 private:
  friend class multipart_part;
  struct state;
  [[nodiscard]] task<std::string_view> read_piece();

  std::unique_ptr<state> state_;
};

/// What is left of a client's file name when it may be put into a directory: the part behind the last slash or
/// backslash, without leading dots and spaces, control characters and `<>:"|?*` replaced by `_`, at most 200 bytes;
/// `unnamed` if nothing is left. It may be there already: create exclusively.
[[nodiscard]] std::string safe_file_name(std::string_view name);

}  // namespace baton
