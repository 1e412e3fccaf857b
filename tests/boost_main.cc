// The one main() of all unit tests.
#define BOOST_TEST_MODULE tcpcopy
#include <boost/test/unit_test.hpp>
