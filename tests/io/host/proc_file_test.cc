#include "src/io/host/proc_file.h"

#include <unistd.h>

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(ReadsAllOfAFileWithoutASize) {
  const std::string status = ReadProcFile("/proc/self/status");
  BOOST_TEST(status.find("\nPid:\t" + std::to_string(::getpid()) + "\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(WhatIsNotThereIsEmpty) { BOOST_TEST(ReadProcFile("/proc/nothing") == ""); }

}  // namespace
}  // namespace tcpcopy
