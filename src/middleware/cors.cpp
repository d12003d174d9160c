#include <baton/middleware/cors.hpp>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>

#include "http/syntax.hpp"

namespace baton::with {
namespace {

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all.append(all.empty() ? "" : ", ").append(text);
  return all;
}

void check(const char* field, const std::string& value) {
  static_cast<void>(response{}.set(field, value));  // throws where it cannot be sent
}

class policy {
 public:
  explicit policy(cors_options how)
      : how_{std::move(how)},
        everybody_{std::find(how_.origins.begin(), how_.origins.end(), "*") != how_.origins.end()},
        methods_{joined(how_.methods)},
        fields_{joined(how_.fields)},
        exposed_{joined(how_.exposed)},
        max_age_{std::to_string(how_.max_age.count())} {
    if (everybody_ && how_.credentials) throw std::invalid_argument{"cors: `*` and credentials exclude each other"};
    check("Access-Control-Allow-Methods", methods_);
    check("Access-Control-Allow-Headers", fields_);
    check("Access-Control-Expose-Headers", exposed_);
  }

  [[nodiscard]] bool everybody() const noexcept { return everybody_; }
  [[nodiscard]] bool admits(std::string_view origin) const {
    if (everybody_ || std::find(how_.origins.begin(), how_.origins.end(), origin) != how_.origins.end()) return true;
    return how_.allow && how_.allow(origin);
  }

  [[nodiscard]] response preflight(std::string_view origin) const {
    response answer{status::no_content};
    answer.append("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
    if (!admits(origin)) return answer;
    admit(answer, origin);
    if (!methods_.empty()) answer.set("Access-Control-Allow-Methods", methods_);
    if (!fields_.empty()) answer.set("Access-Control-Allow-Headers", fields_);
    if (how_.max_age.count() > 0) answer.set("Access-Control-Max-Age", max_age_);
    return answer;
  }

  // Whom the answer is for decides what it says: caches must know, also where there was no origin.
  void adorn(response& answer, std::string_view origin) const {
    if (!everybody_) answer.append("Vary", "Origin");
    if (origin.empty() || !admits(origin)) return;
    admit(answer, origin);
    if (!exposed_.empty()) answer.set("Access-Control-Expose-Headers", exposed_);
  }

 private:
  void admit(response& answer, std::string_view origin) const {
    answer.set("Access-Control-Allow-Origin", everybody_ ? std::string_view{"*"} : origin);
    if (how_.credentials) answer.set("Access-Control-Allow-Credentials", "true");
  }

  const cors_options how_;
  const bool everybody_;
  const std::string methods_;
  const std::string fields_;
  const std::string exposed_;
  const std::string max_age_;
};

task<response> adorned(const policy& rules, request& req, next rest) {
  const std::string origin{req.get(field::origin).value_or("")};
  response answer = co_await rest(req);
  rules.adorn(answer, origin);
  co_return answer;
}

task<response> preflight(const policy& rules, request& req) {
  co_return rules.preflight(*req.get(field::origin));
}

}  // namespace

middleware cors(cors_options how) {
  return [rules = std::make_shared<const policy>(std::move(how))](request& req, next rest) {
    const bool asks =
        req.method() == method::options && req.get(field::origin) && req.get(field::access_control_request_method);
    return asks ? preflight(*rules, req) : adorned(*rules, req, rest);
  };
}

}  // namespace baton::with
