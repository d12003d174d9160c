// The input buffer against a plain string.
#include <algorithm>
#include <random>
#include <string>

#include <boost/test/unit_test.hpp>

#include "session/input_buffer.hpp"

namespace baton::session {
namespace {

std::size_t put(input_buffer& in, std::string_view text) {
  const std::span<char> room = in.prepare();
  const std::size_t count = std::min(room.size(), text.size());
  text.copy(room.data(), count);
  in.commit(count);
  return count;
}

void put_all(input_buffer& in, std::string_view text) {
  while (!text.empty()) text.remove_prefix(put(in, text));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(input_buffer_contents)

BOOST_AUTO_TEST_CASE(a_new_buffer_holds_nothing_and_no_memory) {
  const input_buffer in;
  BOOST_TEST(in.empty());
  BOOST_TEST(in.bytes().empty());
  BOOST_TEST(in.capacity() == 0U);
}

BOOST_AUTO_TEST_CASE(there_is_always_room_and_growth_keeps_the_contents) {
  input_buffer in;
  std::string model;
  for (int i = 0; i < 200; ++i) {
    const std::string part(777, static_cast<char>('a' + i % 26));
    BOOST_TEST_REQUIRE(in.prepare().size() >= input_buffer::least_room);
    put_all(in, part);
    model += part;
  }
  BOOST_TEST((in.bytes() == model));
}

BOOST_AUTO_TEST_CASE(a_buffer_that_is_emptied_again_and_again_does_not_grow) {
  input_buffer in;
  for (int i = 0; i < 10'000; ++i) {
    put_all(in, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    in.consume(in.bytes().size());
  }
  BOOST_TEST(in.capacity() == input_buffer::initial_capacity);
}

BOOST_AUTO_TEST_CASE(while_pinned_nothing_moves_and_what_was_consumed_stays) {
  input_buffer in;
  put_all(in, "head|body");
  const std::string_view head = in.bytes().substr(0, 5);
  in.consume(5);
  in.pin();
  const std::size_t before = in.capacity();
  for (int i = 0; i < 1'000; ++i) {
    in.consume(in.bytes().size());
    BOOST_TEST_REQUIRE(in.prepare().size() >= input_buffer::least_room);
    BOOST_TEST_REQUIRE(put(in, std::string(900, 'x')) == 900U);
    BOOST_TEST_REQUIRE(head == "head|");
  }
  BOOST_TEST(in.capacity() == before);
}

BOOST_AUTO_TEST_CASE(a_pinned_buffer_that_is_full_of_unread_bytes_has_no_room) {
  input_buffer in;
  put_all(in, "head");
  in.consume(4);
  in.pin();
  for (;;) {
    if (put(in, std::string(4096, 'x')) == 0) break;
  }
  BOOST_TEST(in.prepare().empty());
  in.consume(in.bytes().size());
  BOOST_TEST(in.prepare().size() >= input_buffer::least_room);
}

BOOST_AUTO_TEST_CASE(after_the_pin_the_whole_room_is_used_again) {
  input_buffer in;
  put_all(in, std::string(2'000, 'h'));
  in.consume(2'000);
  in.pin();
  put_all(in, "body");
  in.consume(4);
  in.unpin();
  BOOST_TEST(in.prepare().size() == input_buffer::initial_capacity - input_buffer::least_room);
}

BOOST_AUTO_TEST_CASE(what_was_left_behind_a_pinned_head_survives_the_unpin) {
  input_buffer in;
  put_all(in, "head|next");
  in.consume(5);
  in.pin();
  in.unpin();
  put_all(in, std::string(10'000, 'x'));
  BOOST_TEST((in.bytes() == "next" + std::string(10'000, 'x')));
}

BOOST_AUTO_TEST_CASE(room_reserved_behind_a_head_is_there_after_the_pin) {
  input_buffer in;
  put_all(in, std::string(3'000, 'h') + "some of the body");
  BOOST_TEST(in.reserve_behind(3'000, 16 * 1024));
  BOOST_TEST((in.bytes() == std::string(3'000, 'h') + "some of the body"));
  BOOST_TEST(!in.reserve_behind(3'000, 16 * 1024));
  in.consume(3'000);
  in.pin();
  in.consume(in.bytes().size());
  BOOST_TEST(in.prepare().size() >= 16U * 1024);
}

BOOST_AUTO_TEST_CASE(reserving_keeps_more_than_was_asked_for) {
  input_buffer in;
  const std::string much(20'000, 'x');
  put_all(in, "head" + much);
  static_cast<void>(in.reserve_behind(4, 100));
  BOOST_TEST((in.bytes() == "head" + much));
}

BOOST_AUTO_TEST_CASE(a_random_walk_agrees_with_a_string) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937 random{seed};
    input_buffer in;
    std::string model;
    bool pinned = false;
    for (int i = 0; i < 2'000; ++i) {
      switch (random() % 6) {
        case 0:
        case 1: {
          const std::string part(random() % 1'500, static_cast<char>('a' + random() % 26));
          model += std::string_view{part}.substr(0, put(in, part));
          break;
        }
        case 2:
        case 3: {
          const std::size_t count = random() % (model.size() + 1);
          in.consume(count);
          model.erase(0, count);
          break;
        }
        case 4:
          if (pinned) {
            in.unpin();
          } else if (in.capacity() != 0) {
            in.pin();
          }
          pinned = !pinned && in.capacity() != 0;
          break;
        default:
          if (!pinned && !model.empty()) {
            static_cast<void>(in.reserve_behind(random() % model.size(), random() % 20'000));
          }
      }
      BOOST_REQUIRE(in.bytes() == model);
      BOOST_REQUIRE(in.empty() == model.empty());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::session
