#include "src/app/service/pid_file.h"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/app/service/in_child.h"
#include "tests/temporary_directory.h"

namespace tcpcopy {
namespace {

using testing::InChild;
using testing::TemporaryDirectory;

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

BOOST_AUTO_TEST_CASE(HoldsTheNumberWhileItLives) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/pid";
  {
    const auto file = PidFile::Create(path);
    BOOST_TEST_REQUIRE(file.has_value());
    BOOST_TEST(FirstLine(path) == std::to_string(::getpid()));
  }
  BOOST_TEST(!std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(ASecondOneIsRefusedAndToldWhoHasIt) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/pid";
  const auto file = PidFile::Create(path);
  BOOST_TEST_REQUIRE(file.has_value());
  const auto second = PidFile::Create(path);
  BOOST_TEST_REQUIRE(!second);
  BOOST_TEST(second.error().message.find(std::to_string(::getpid())) != std::string::npos);
  BOOST_TEST(FirstLine(path) == std::to_string(::getpid()));
}

BOOST_AUTO_TEST_CASE(OneThatWasLeftBehindIsTakenOver) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/pid";
  // A process that ends without a farewell leaves the file; its lock goes with it.
  BOOST_TEST(InChild([&] {
               auto* const left = new auto(PidFile::Create(path));
               return left->has_value() ? 0 : 1;
             }) == 0);
  BOOST_TEST_REQUIRE(std::filesystem::exists(path));
  const auto file = PidFile::Create(path);
  BOOST_TEST_REQUIRE(file.has_value());
  BOOST_TEST(FirstLine(path) == std::to_string(::getpid()));
}

BOOST_AUTO_TEST_CASE(AFileThatCannotBeOpenedIsNamed) {
  const auto file = PidFile::Create("/nowhere/pid");
  BOOST_TEST_REQUIRE(!file);
  BOOST_TEST(file.error().message.find("'/nowhere/pid'") != std::string::npos);
}

}  // namespace
}  // namespace tcpcopy
