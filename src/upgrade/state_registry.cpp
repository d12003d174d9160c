#include "upgrade/state_registry.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include <fmt/core.h>

#include "base/log.hpp"
#include "upgrade/handed_name.hpp"

namespace baton::upgrade {
namespace {

os::error refused(std::string_view name, std::string_view why) {
  return {fmt::format("state `{}`: {}", name, why), {}};
}

// Runs the program's function; what it throws as a text.
template <class Function>
os::result<void> guarded(std::string_view name, Function&& function) {
  try {
    function();
    return {};
  } catch (const std::exception& failure) {
    return refused(name, failure.what());
  } catch (...) {
    return refused(name, "its function threw what is no std::exception");
  }
}

class stopwatch {
 public:
  [[nodiscard]] auto milliseconds() const {
    using namespace std::chrono;
    return duration_cast<std::chrono::milliseconds>(steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace

void state_registry::add(std::string name, std::uint32_t version, save_function save, load_function load) {
  if (!is_handed_name(name)) throw std::invalid_argument{"a state's name has 1 to 128 printable bytes"};
  if (!save || !load) throw std::invalid_argument{"state `" + name + "` needs both a save and a load"};
  if (find(name) != nullptr) throw std::invalid_argument{"there is a state `" + name + "` already"};
  if (entries_.size() == max_states) throw std::invalid_argument{"too many states"};
  entries_.push_back({std::move(name), version, std::move(save), std::move(load)});
}

os::result<std::vector<state_blob>> state_registry::save_all(std::uint64_t limit, std::stop_token stop) const {
  std::vector<state_blob> blobs;
  for (const entry& each : entries_) {
    auto blob = save(each, limit, stop);
    if (!blob) return blob.error();
    limit -= blob->file.size;
    blobs.push_back(std::move(*blob));
  }
  return blobs;
}

os::result<state_blob> state_registry::save(const entry& what, std::uint64_t limit, const std::stop_token& stop) {
  const stopwatch time;
  auto file = os::memory_file_writer::create("baton state " + what.name);
  if (!file) return refused(what.name, file.error().text());
  state_writer out{limit, [&](std::string_view bytes) {
                     if (stop.stop_requested()) throw std::runtime_error{"nobody waits for it any more"};
                     const auto appended = file->append(bytes);
                     if (!appended) throw std::runtime_error{appended.error().text()};
                   }};
  if (const auto saved = guarded(what.name, [&] { what.save(out); }); !saved) return saved.error();
  if (!out.complete()) return refused(what.name, "a piece of it could not be written");
  auto sealed = file->seal();
  if (!sealed) return refused(what.name, sealed.error().text());
  log::info("state `{}`: {} bytes of version {} saved in {} ms", what.name, sealed->size, what.version,
            time.milliseconds());
  return state_blob{what.name, what.version, std::move(*sealed)};
}

os::result<void> state_registry::load_all(std::vector<state_blob> blobs, std::uint64_t limit) const {
  if (const auto checked = check(blobs, limit); !checked) return checked.error();
  for (const entry& each : entries_) {
    const auto found =
        std::find_if(blobs.begin(), blobs.end(), [&](const state_blob& blob) { return blob.name == each.name; });
    if (found == blobs.end()) continue;
    const state_blob blob = std::move(*found);
    if (const auto loaded = load(each, blob); !loaded) return loaded.error();
  }
  return {};
}

os::result<void> state_registry::check(const std::vector<state_blob>& blobs, std::uint64_t limit) const {
  for (auto at = blobs.begin(); at != blobs.end(); ++at) {
    const auto same = [&](const state_blob& other) { return other.name == at->name; };
    if (std::any_of(blobs.begin(), at, same)) return refused(at->name, "came twice");
    if (at->file.size > limit) return refused(at->name, "exceeds upgrade.state_limit");
    limit -= at->file.size;
    const entry* const known = find(at->name);
    if (known == nullptr) {
      log::warning("state `{}` came from the predecessor, but this build does not know it; it is dropped", at->name);
    } else if (at->version > known->version) {
      return refused(at->name, fmt::format("has version {}, this build knows up to {}", at->version, known->version));
    }
  }
  return {};
}

os::result<void> state_registry::load(const entry& what, const state_blob& blob) {
  const stopwatch time;
  const auto mapped = os::map_sealed(blob.file.fd, blob.file.size);
  if (!mapped) return refused(what.name, mapped.error().text());
  const state_reader in{blob.version, mapped->bytes()};
  if (const auto loaded = guarded(what.name, [&] { what.load(in); }); !loaded) return loaded.error();
  log::info("state `{}`: {} bytes of version {} loaded in {} ms", what.name, blob.file.size, blob.version,
            time.milliseconds());
  return {};
}

const state_registry::entry* state_registry::find(std::string_view name) const noexcept {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const entry& e) { return e.name == name; });
  return found == entries_.end() ? nullptr : &*found;
}

}  // namespace baton::upgrade
