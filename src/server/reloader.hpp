// Reads command line and conf file again and puts what they say in force, whole or not at all. Every part of the
// process that follows the settings first gets ready (what can fail, fails there and changes nothing), then all
// of them change.
//
// Rejected: parts that change one after the other and are rolled back when a later one fails; between the two
// a client would have seen a configuration that was never asked for.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <baton/options.hpp>

#include "config/parser.hpp"

namespace baton {

/// What has come of it; each message has been logged.
struct reload_outcome {
  bool ok = false;                    ///< the new settings are in force; else nothing has changed
  std::vector<std::string> messages;  ///< why not, one for each mistake; or what has changed, and warnings
};

/// Both stay where they are until the change has been committed.
struct settings_change {
  const options& before;
  const options& after;
};

/// A part that has got ready. Destroyed without `commit`: what it had prepared is undone.
class prepared_change {
 public:
  virtual ~prepared_change() = default;
  /// Everything that was likely to fail has been done. What fails all the same is logged, and the others go on.
  virtual void commit() = 0;
  /// What changes beside the settings' texts, for the outcome's messages. Asked before `commit`.
  [[nodiscard]] virtual std::vector<std::string> changes() const { return {}; }
};

/// Gets ready, changing nothing that anybody sees. Throws, with a text for the log, to refuse the reload; null: there
/// is nothing to do.
using reload_part = std::function<std::unique_ptr<prepared_change>(const settings_change&)>;

/// The part that needs no preparation: `apply` gets the new settings.
[[nodiscard]] reload_part applies(std::function<void(const options& after)> apply);

/// On the control thread.
class reloader {
 public:
  /// `in_force` is what `read` gave at the start, and is replaced in place: references into it stay good.
  reloader(config::outcome& in_force, std::function<config::outcome()> read);

  /// Parts get ready and change in the order in which they were added.
  void add(reload_part part) { parts_.push_back(std::move(part)); }
  /// Called after the last part has changed; an exception is logged.
  void on_reload(std::function<void()> hook) { hook_ = std::move(hook); }

  /// `by` is for the log: `SIGHUP from pid 12`. Returns when it is done, save that workers and acceptors take it over
  /// as soon as they come to it.
  reload_outcome reload(std::string_view by);

  /// Opens the log file anew, if there is one: for a rotation that has renamed it. Where that fails the
  /// old one is kept.
  void reopen_log() const;

 private:
  using prepared = std::vector<std::unique_ptr<prepared_change>>;
  [[nodiscard]] prepared prepare(const settings_change& change) const;
  void take_over(config::outcome next);
  [[nodiscard]] std::vector<std::string> describe(const config::outcome& next) const;
  [[nodiscard]] static reload_outcome refused(std::string_view by, std::vector<std::string> reasons);

  config::outcome& in_force_;
  const std::function<config::outcome()> read_;
  std::vector<reload_part> parts_;
  std::function<void()> hook_;
};

}  // namespace baton
