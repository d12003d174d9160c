#include "server/admin_service.hpp"

#include <utility>

namespace baton {
namespace {

// Another address in the configuration; who is connected stays so.
class admin_change final : public prepared_change {
 public:
  admin_change(admin_server& server, std::function<void()> begin, const options& after)
      : server_{server}, begin_{std::move(begin)} {
    upgrade::inherited_listeners none;
    bound_ = open_admin_socket(after, none);
  }
  ~admin_change() override {
    if (bound_) net::remove_path(*bound_);
  }
  void commit() override {
    begin_();  // first: the listener's worker reads what it sets
    server_.move_to(std::exchange(bound_, std::nullopt));
  }

 private:
  admin_server& server_;
  const std::function<void()> begin_;
  std::optional<net::listener> bound_;
};

}  // namespace

admin_service::admin_service(boost::asio::io_context& context, server_core& core, const metric_sources& sources,
                             std::function<status_report()> report)
    : core_{core}, sources_{sources}, report_{std::move(report)}, timer_{context}, server_{board_, [this] {
                                                                                             return metrics();
                                                                                           }} {}

void admin_service::open(const options& settings, upgrade::inherited_listeners& inherited) {
  auto socket = open_admin_socket(settings, inherited);
  if (socket) begin();
  server_.prepare(std::move(socket));
}

reload_part admin_service::part() {
  return [this](const settings_change& change) -> std::unique_ptr<prepared_change> {
    if (change.before.admin == change.after.admin) return nullptr;
    return std::make_unique<admin_change>(
        server_, [this] { begin(); }, change.after);
  };
}

void admin_service::begin() {
  if (std::exchange(sampling_, true)) return;
  const process_status now = report_().process;
  version_ = now.version;
  generation_ = now.generation;
  started_ = now.started;
  sample();
}

void admin_service::sample() {
  constexpr std::chrono::seconds interval{1};
  timer_.expires_after(interval);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) sample();
  });
  traffic_.add(std::chrono::steady_clock::now(), sources_.totals.gather(core_.counters()));
  changed();
}

void admin_service::changed(phase now, bool ready) {
  board_->now = now;
  board_->ready = ready;
  changed();
}

void admin_service::changed() {
  if (!sampling_) return;
  status_report report = report_();
  report.ready = board_->ready.load();
  board_->post(to_json(report, traffic_, std::chrono::system_clock::now()));
}

// On the admin listener's worker.
std::string admin_service::metrics() const {
  process_facts facts;
  facts.version = version_;
  facts.generation = generation_;
  facts.now = board_->now.load();
  facts.ready = board_->ready.load();
  facts.started = started_;
  facts.connections = core_.counts();
  const auto counters = core_.counters();
  facts.workers = counters.size();
  return metrics_text(facts, sources_.totals.gather(counters), sources_.totals, sources_.own);
}

}  // namespace baton
