// A compressed answer is another representation than the plain one, and so are those of two codings: each has an entity
// tag of its own (RFC 9110 section 8.8.3.3), made of the handler's: `"a"` becomes `W/"a-gzip"`, weak since compressors
// differ. What a client says it has is translated back before the handler compares it, so that handlers and static
// files know their own tags alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <baton/request.hpp>
#include <baton/response.hpp>

#include "http/content_coding.hpp"

namespace baton::content {

/// `tag` in the coding; a malformed one as it is.
[[nodiscard]] std::string coded_tag(std::string_view tag, http::coding how);

/// While it lives, the request's `If-None-Match` names the handler's tags where it named those of the coding.
class plain_tags {
 public:
  plain_tags(request& req, http::coding how);
  plain_tags(const plain_tags&) = delete;
  plain_tags& operator=(const plain_tags&) = delete;
  ~plain_tags() { restore(); }

  void restore() noexcept;

 private:
  request& request_;
  std::string_view sent_;  // of the first such line; empty: nothing was changed
  std::string plain_;
};

/// On a 304: the tag that the client has, where that is the coding's.
void confirm_tag(const request& req, response& answer, http::coding how);

}  // namespace baton::content
