#include "server/watched_file.hpp"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

namespace baton {
namespace {

using kind = os::directory_event::kind;
using verdict = watched_file::verdict;
using fitness = watched_file::fitness;

os::file_identity file(ino_t inode, off_t size = 100, mode_t permissions = 0755) {
  os::file_identity made;
  made.inode = inode;
  made.size = size;
  made.mode = S_IFREG | permissions;
  return made;
}

BOOST_AUTO_TEST_SUITE(a_watched_file)

BOOST_AUTO_TEST_CASE(is_left_alone_while_it_is_what_it_was) {
  watched_file it{file(1), fitness::executable};
  BOOST_TEST((it.look(file(1)) == verdict::nothing));
  it.happened(kind::touched, file(1));
  BOOST_TEST((it.look(file(1)) == verdict::nothing));
}

BOOST_AUTO_TEST_CASE(has_changed_when_another_one_is_in_its_place_until_that_is_acted_upon) {
  watched_file it{file(1), fitness::executable};
  it.happened(kind::replaced, file(2));
  BOOST_TEST((it.look(file(2)) == verdict::changed));
  BOOST_TEST((it.look(file(2)) == verdict::changed));  // it could not be acted upon at once
  it.acted();
  BOOST_TEST((it.look(file(2)) == verdict::nothing));
}

BOOST_AUTO_TEST_CASE(is_looked_at_twice_where_no_event_told_of_the_change) {
  watched_file it{file(1), fitness::executable};
  BOOST_TEST((it.look(file(2)) == verdict::unsure));
  BOOST_TEST((it.look(file(2)) == verdict::changed));
}

BOOST_AUTO_TEST_CASE(is_waited_for_while_it_grows) {
  watched_file it{file(1), fitness::executable};
  it.happened(kind::replaced, file(2, 10));
  BOOST_TEST((it.look(file(2, 20)) == verdict::unsure));
  BOOST_TEST((it.look(file(2, 30)) == verdict::unsure));
  BOOST_TEST((it.look(file(2, 30)) == verdict::changed));
}

BOOST_AUTO_TEST_CASE(that_is_open_for_writing_is_waited_for_however_long_its_writer_pauses) {
  watched_file it{file(1), fitness::executable};
  it.happened(kind::made, file(2, 0));
  BOOST_TEST((it.look(file(2, 0)) == verdict::open));
  it.happened(kind::written, file(2, 50));
  BOOST_TEST((it.look(file(2, 50)) == verdict::open));
  BOOST_TEST((it.look(file(2, 50)) == verdict::open));
  it.happened(kind::closed, file(2, 50));
  BOOST_TEST((it.look(file(2, 50)) == verdict::changed));
}

BOOST_AUTO_TEST_CASE(is_complete_when_nothing_is_heard_of_its_writer) {
  watched_file it{file(1), fitness::executable};
  it.happened(kind::written, file(2, 50));
  BOOST_TEST((it.look(file(2, 50)) == verdict::open));
  it.written_off();
  BOOST_TEST((it.look(file(2, 50)) == verdict::changed));
}

BOOST_AUTO_TEST_CASE(that_is_linked_into_place_is_complete) {
  watched_file it{file(1), fitness::executable};
  it.happened(kind::replaced, {});
  it.happened(kind::made, file(2));
  BOOST_TEST((it.look(file(2)) == verdict::changed));
}

BOOST_AUTO_TEST_CASE(that_is_away_is_waited_for_and_changed_when_another_one_comes) {
  watched_file it{file(1), fitness::executable};
  it.happened(kind::replaced, {});
  BOOST_TEST((it.look({}) == verdict::nothing));
  it.happened(kind::replaced, file(1));
  BOOST_TEST((it.look(file(1)) == verdict::nothing));  // the same came back
  it.happened(kind::replaced, file(3));
  BOOST_TEST((it.look(file(3)) == verdict::changed));
}

BOOST_AUTO_TEST_CASE(that_must_be_executable_is_unfit_until_it_is) {
  watched_file it{file(1), fitness::executable};
  it.happened(kind::replaced, file(2, 100, 0644));
  BOOST_TEST((it.look(file(2, 100, 0644)) == verdict::unfit));
  it.happened(kind::touched, file(2, 100, 0755));
  BOOST_TEST((it.look(file(2, 100, 0755)) == verdict::changed));
  watched_file ordinary{file(1), fitness::any};
  ordinary.happened(kind::replaced, file(2, 100, 0644));
  BOOST_TEST((ordinary.look(file(2, 100, 0644)) == verdict::changed));
}

BOOST_AUTO_TEST_CASE(that_was_not_there_has_changed_when_it_comes) {
  watched_file it{{}, fitness::any};
  BOOST_TEST((it.look({}) == verdict::nothing));
  it.happened(kind::closed, file(1, 0));
  BOOST_TEST((it.look(file(1, 0)) == verdict::changed));
}

BOOST_AUTO_TEST_CASE(is_not_held_by_a_writer_of_whom_events_were_lost) {
  watched_file it{file(1), fitness::any};
  it.happened(kind::written, file(1, 20));
  it.moved(file(1, 40));
  BOOST_TEST((it.look(file(1, 40)) == verdict::changed));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton
