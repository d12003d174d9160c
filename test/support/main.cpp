// The main of every program that tests real processes.
#define BOOST_TEST_MODULE baton_processes
#include <boost/test/unit_test.hpp>
