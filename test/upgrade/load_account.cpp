#include "load_account.hpp"

#include <iomanip>

namespace baton::test {

void load_account::add(fate what, std::string_view words) {
  constexpr std::size_t most = 5;
  ++fates_[static_cast<std::size_t>(what)];
  if (what == fate::ok) return;
  const std::lock_guard lock{mutex_};
  if (words_.size() < most) words_.emplace_back(words);
}

std::vector<std::string> load_account::words() const {
  const std::lock_guard lock{mutex_};
  return words_;
}

void print(std::ostream& out, const load_accounts& accounts) {
  out << std::left << std::setw(28) << "clients" << std::right << std::setw(10) << "ok" << std::setw(17)
      << "lost-idle-close" << std::setw(8) << "failed" << std::setw(13) << "closed-idle" << std::setw(11) << "announced"
      << '\n';
  for (const auto* each : accounts) {
    out << std::left << std::setw(28) << each->name() << std::right << std::setw(10) << each->count(fate::ok)
        << std::setw(17) << each->count(fate::lost_idle) << std::setw(8) << each->count(fate::failed) << std::setw(13)
        << each->count(parting::closed_idle) << std::setw(11) << each->count(parting::announced) << '\n';
    for (const auto& words : each->words()) out << "    " << words << '\n';
  }
}

}  // namespace baton::test
