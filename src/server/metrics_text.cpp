#include "server/metrics_text.hpp"

#include <sstream>
#include <string_view>
#include <utility>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <boost/version.hpp>

#include "os/process_usage.hpp"

namespace baton {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using labels = std::vector<ClientMetric::Label>;

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>{time}.count();
}

class families {
 public:
  /// Further `count`, `level` and `distribution` belong to it.
  families& begin(std::string name, std::string help, MetricType type) {
    MetricFamily made;
    made.name = std::move(name);
    made.help = std::move(help);
    made.type = type;
    all_.push_back(std::move(made));
    return *this;
  }
  families& counter(std::string name, std::string help) {
    return begin(std::move(name), std::move(help), MetricType::Counter);
  }
  families& gauge(std::string name, std::string help) {
    return begin(std::move(name), std::move(help), MetricType::Gauge);
  }

  families& value(double number, labels with = {}) {
    ClientMetric one;
    one.label = std::move(with);
    one.counter.value = number;  // the type says which of them is written
    one.gauge.value = number;
    all_.back().metric.push_back(std::move(one));
    return *this;
  }
  families& value(std::uint64_t number, labels with = {}) {
    return value(static_cast<double>(number), std::move(with));
  }
  void histogram(ClientMetric::Histogram numbers, labels with = {}) {
    ClientMetric one;
    one.label = std::move(with);
    one.histogram = std::move(numbers);
    all_.back().metric.push_back(std::move(one));
  }

  [[nodiscard]] std::string text() const {
    std::ostringstream out;
    prometheus::TextSerializer{}.Serialize(out, all_);
    return std::move(out).str();
  }

 private:
  std::vector<MetricFamily> all_;
};

void add_requests(families& all, const metrics_picture& counts) {
  all.counter("baton_http_requests_total", "Answers by request method and class of status.");
  for (std::size_t i = 0; i < session::counted_methods; ++i) {
    for (std::size_t k = 0; k < session::counted_classes; ++k) {
      if (counts.answers(i, k) == 0) continue;
      all.value(counts.answers(i, k),
                {{"method", std::string{method_label(i)}}, {"class", std::string{class_label(k)}}});
    }
  }
  all.counter("baton_http_received_bytes_total", "Bytes of requests.").value(counts[metrics_picture::bytes_in]);
  all.counter("baton_http_sent_bytes_total", "Bytes of answers.").value(counts[metrics_picture::bytes_out]);
  all.counter("baton_http_malformed_total", "Requests refused before a handler saw them.")
      .value(counts[metrics_picture::malformed]);
  all.counter("baton_http_answers_cut_total", "Answers that did not arrive whole.").value(counts[metrics_picture::cut]);
  all.counter("baton_handler_failures_total", "Exceptions of handlers that became a 500.")
      .value(counts[metrics_picture::failed_handlers]);
  all.counter("baton_access_log_lines_total", "Lines of the access log.").value(counts[metrics_picture::log_lines]);
  all.counter("baton_access_log_dropped_total", "Lines of the access log that were dropped.")
      .value(counts[metrics_picture::log_dropped]);
  all.counter("baton_timeouts_total", "Waits that a time-out has ended.");
  for (std::size_t i = 0; i < session::counted_timeouts; ++i) {
    all.value(counts[metrics_picture::timeouts + i], {{"wait", std::string{timeout_label(i)}}});
  }
}

// Every second bound: those between them are for the status page's percentiles.
void add_latency(families& all, const metrics_picture& counts) {
  using session::latency_histogram;
  ClientMetric::Histogram numbers;
  for (std::size_t i = 0; i < latency_histogram::buckets; ++i) {
    numbers.sample_count += counts.latencies()[i];
    if (i % 2 != 0 || i + 1 >= latency_histogram::buckets) continue;
    ClientMetric::Bucket bucket;
    bucket.cumulative_count = numbers.sample_count;
    bucket.upper_bound = seconds(latency_histogram::bound(i));
    numbers.bucket.push_back(bucket);
  }
  numbers.sample_sum = static_cast<double>(counts[metrics_picture::latency_ns]) / 1e9;
  all.begin("baton_http_request_duration_seconds", "From a request's head to the last byte of its answer.",
            MetricType::Histogram);
  all.histogram(std::move(numbers));
}

void add_connections(families& all, const process_facts& facts, const metrics_picture& counts) {
  all.gauge("baton_connections", "Open connections of this process by state.")
      .value(facts.connections.fresh, {{"state", "fresh"}})
      .value(facts.connections.active, {{"state", "active"}})
      .value(facts.connections.idle, {{"state", "idle"}})
      .value(facts.connections.upgraded, {{"state", "upgraded"}});
  all.counter("baton_connections_accepted_total", "Connections that clients have opened.")
      .value(counts[metrics_picture::accepted]);
  all.counter("baton_connections_refused_total", "Of those, over a limit.").value(counts[metrics_picture::refused]);
  all.counter("baton_connections_closed_total", "Connections that have ended.").value(counts[metrics_picture::closed]);
  all.counter("baton_connections_moved_total", "Connections that went between generations.")
      .value(counts[metrics_picture::arrived], {{"direction", "in"}})
      .value(counts[metrics_picture::departed], {{"direction", "out"}});
  all.counter("baton_connections_upgraded_total", "Connections that switched to another protocol.")
      .value(counts[metrics_picture::upgraded]);
  all.counter("baton_tls_handshakes_total", "Handshakes of TLS by what came of them.")
      .value(counts[metrics_picture::handshakes], {{"result", "full"}})
      .value(counts[metrics_picture::resumed], {{"result", "resumed"}})
      .value(counts[metrics_picture::failed_handshakes], {{"result", "failed"}});
}

void add_life(families& all, const process_facts& facts, const metrics_totals& totals) {
  all.gauge("baton_build_info", "What runs; always 1.")
      .value(1.0, {{"version", facts.version}, {"compiler", __VERSION__}, {"boost", BOOST_LIB_VERSION}});
  all.gauge("baton_generation", "Number of this process, one more after each upgrade.")
      .value(std::uint64_t{facts.generation});
  all.gauge("baton_ready", "1 while this process wants clients.").value(std::uint64_t{facts.ready ? 1U : 0U});
  all.gauge("baton_phase", "1 for the phase of this process.")
      .value(1.0, {{"phase", std::string{to_string(facts.now)}}});
  all.gauge("baton_workers", "Worker threads.").value(facts.workers);
  all.counter("baton_upgrades_total", "Upgrades by what became of them; one that was taken back was ready before.")
      .value(totals.upgrades_ready.value(), {{"result", "ready"}})
      .value(totals.upgrades_failed.value(), {{"result", "failed"}})
      .value(totals.upgrades_taken_back.value(), {{"result", "taken_back"}});
  all.counter("baton_reloads_total", "Reloads of the configuration by result.")
      .value(totals.reloads_done.value(), {{"result", "done"}})
      .value(totals.reloads_refused.value(), {{"result", "refused"}});
  all.counter("baton_drains_total", "Drains that have begun.").value(totals.drains.value());
}

void add_process(families& all, const process_facts& facts) {
  const os::process_usage used = os::usage_of_this_process();
  all.gauge("process_resident_memory_bytes", "Resident memory.").value(used.resident);
  all.gauge("process_virtual_memory_bytes", "Virtual memory.").value(used.virtual_size);
  all.gauge("process_open_fds", "Open descriptors.").value(used.descriptors);
  all.gauge("process_max_fds", "Limit of open descriptors.").value(used.descriptor_limit);
  all.counter("process_cpu_seconds_total", "Processor time, user and system.").value(seconds(used.cpu));
  all.gauge("process_start_time_seconds", "Start of this process, since the epoch.")
      .value(seconds(facts.started.time_since_epoch()));
}

ClientMetric::Histogram numbers_of(const metric_histogram& from) {
  ClientMetric::Histogram numbers;
  for (std::size_t i = 0; i <= from.bounds().size(); ++i) {
    numbers.sample_count += from.count(i);
    if (i == from.bounds().size()) break;
    ClientMetric::Bucket bucket;
    bucket.cumulative_count = numbers.sample_count;
    bucket.upper_bound = from.bounds()[i];
    numbers.bucket.push_back(bucket);
  }
  numbers.sample_sum = from.sum();
  return numbers;
}

void add_value(families& all, const own_metrics::entry& one) {
  labels with;
  for (const auto& [name, value] : one.labels) with.push_back({name, value});
  if (const auto* const counter = std::get_if<0>(&one.value)) {
    all.value((*counter)->value(), std::move(with));
  } else if (const auto* const gauge = std::get_if<1>(&one.value)) {
    all.value((*gauge)->value(), std::move(with));
  } else {
    all.histogram(numbers_of(*std::get<2>(one.value)), std::move(with));
  }
}

// Series of one name stand together, wherever they were registered.
void add_own(families& all, const own_metrics& own) {
  constexpr MetricType types[]{MetricType::Counter, MetricType::Gauge, MetricType::Histogram};
  const auto& entries = own.entries();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    bool seen = false;
    for (std::size_t k = 0; k < i && !seen; ++k) seen = entries[k].name == entries[i].name;
    if (seen) continue;
    all.begin(entries[i].name, entries[i].help, types[entries[i].value.index()]);
    for (std::size_t k = i; k < entries.size(); ++k) {
      if (entries[k].name == entries[i].name) add_value(all, entries[k]);
    }
  }
}

}  // namespace

std::string metrics_text(const process_facts& facts, const metrics_picture& counts, const metrics_totals& totals,
                         const own_metrics& own) {
  families all;
  add_life(all, facts, totals);
  add_requests(all, counts);
  add_latency(all, counts);
  add_connections(all, facts, counts);
  add_process(all, facts);
  add_own(all, own);
  return all.text();
}

}  // namespace baton
