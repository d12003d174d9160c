// What the tests under load ask of the books.
#pragma once

#include <string>
#include <vector>

#include "load_account.hpp"

namespace baton::test {

/// Every class of clients gets an answer from now on, so what follows meets all of them at work.
void await_progress(const load_accounts& clients);

/// No request failed. With `race`, one on an idle connection that was closed in that instant may be lost.
enum class keep_alive_race { forbidden, allowed };
void check_nothing_lost(const load_accounts& clients, keep_alive_race race = keep_alive_race::forbidden);

/// No kept connection was closed, and none was told that it would be.
void check_nothing_closed(const load_accounts& clients);

/// `log` has the ids of the POSTs that ran: each that was answered ran once, and none ran twice.
void check_runs(const std::string& log, const std::vector<std::string>& answered);

}  // namespace baton::test
