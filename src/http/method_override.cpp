#include "http/method_override.hpp"

#include <algorithm>

#include "http/request_access.hpp"

namespace baton::http {

void method_override::apply(request& req) const {
  const auto wanted = req.get(field);
  if (!wanted) return;
  const method named = boost::beast::http::string_to_verb({wanted->data(), wanted->size()});
  if (std::find(methods.begin(), methods.end(), named) == methods.end()) return;
  const auto text = boost::beast::http::to_string(named);
  request_access::method(req) = named;
  request_access::method_text(req) = {text.data(), text.size()};
}

void override_method(const std::vector<middleware>& chain, request& req) {
  for (const middleware& each : chain) {
    if (const auto* const found = each.target<method_override>()) return found->apply(req);
  }
}

}  // namespace baton::http
