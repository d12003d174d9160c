#include "server/tls_files.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/core.h>

#include "base/listen_address.hpp"
#include "base/log.hpp"
#include "server/server_core.hpp"

namespace baton {
namespace {

using context_ptr = std::shared_ptr<const net::tls_context>;

std::shared_ptr<net::ticket_keys> wanted_tickets(const options& settings, std::shared_ptr<net::ticket_keys> keys) {
  return settings.tls.ticket_rotation.count() == 0 ? nullptr : std::move(keys);
}

context_ptr make(const options& settings, const std::shared_ptr<net::ticket_keys>& tickets) {
  if (!speaks_tls(settings)) return nullptr;
  return std::make_shared<const net::tls_context>(settings.tls, wanted_tickets(settings, tickets));
}

// What an operator wants to know of the new ones, where they are other ones.
std::vector<std::string> news(const context_ptr& before, const context_ptr& after) {
  std::vector<std::string> all;
  if (after == nullptr) return all;
  if (before == nullptr || before->certificates() != after->certificates()) {
    for (const std::string& each : after->certificates()) all.push_back("certificate: " + each);
  }
  all.insert(all.end(), after->warnings().begin(), after->warnings().end());
  return all;
}

class tls_change final : public prepared_change {
 public:
  tls_change(server_core& core, const settings_change& change)
      : core_{core}, after_{change.after}, next_{make(change.after, core.tickets())} {}
  void commit() override {
    if (after_.tls.ticket_rotation.count() != 0) core_.tickets()->rotation(after_.tls.ticket_rotation);
    core_.use(std::move(next_));
  }
  [[nodiscard]] std::vector<std::string> changes() const override { return news(core_.tls(), next_); }

 private:
  server_core& core_;
  const options& after_;
  context_ptr next_;
};

}  // namespace

bool speaks_tls(const options& settings) {
  return std::any_of(settings.listen.begin(), settings.listen.end(), [](const std::string& spec) {
    const auto parsed = parse_address(spec);
    return parsed && parsed.address->scheme == listen_scheme::https;
  });
}

context_ptr load_tls(const options& settings, const std::shared_ptr<net::ticket_keys>& tickets) {
  context_ptr loaded = make(settings, tickets);
  if (loaded == nullptr) return loaded;
  for (const std::string& each : loaded->certificates()) log::info("certificate: {}", each);
  for (const std::string& each : loaded->warnings()) log::warning("{}", each);
  return loaded;
}

std::string problem_of_tls(const options& settings, std::vector<std::string>& warnings) {
  try {
    if (const context_ptr tried = make(settings, nullptr)) warnings = tried->warnings();
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

std::vector<std::string> tls_files(const options& settings) {
  std::vector<std::string> all;
  if (!speaks_tls(settings)) return all;
  const tls_options& tls = settings.tls;
  for (const auto* const each : {&tls.certificate, &tls.key, &tls.ocsp})
    all.insert(all.end(), each->begin(), each->end());
  if (!tls.client_ca.empty()) all.push_back(tls.client_ca);
  return all;
}

reload_part tls_part(server_core& core) {
  return [&core](const settings_change& change) -> std::unique_ptr<prepared_change> {
    return std::make_unique<tls_change>(core, change);
  };
}

reload_outcome reload_tls(server_core& core, const options& settings, std::string_view by) {
  try {
    context_ptr next = make(settings, core.tickets());
    reload_outcome result{true, news(core.tls(), next)};
    core.use(std::move(next));
    for (const std::string& message : result.messages) log::info("{}", message);
    log::info("certificates reloaded, asked for by {}", by);
    return result;
  } catch (const std::exception& error) {
    log::error("{}", error.what());
    log::error("certificates asked for by {} refused; the ones before stay in use", by);
    return {false, {error.what()}};
  }
}

}  // namespace baton
