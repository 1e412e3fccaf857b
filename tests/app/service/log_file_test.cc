#include "src/app/service/log_file.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "src/app/console.h"
#include "tests/app/service/in_child.h"
#include "tests/temporary_directory.h"

namespace tcpcopy {
namespace {

using testing::InChild;
using testing::TemporaryDirectory;

std::string Read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

BOOST_AUTO_TEST_CASE(TakesWhatIsPrintedAndStampsLinesOfTheLog) {
  const TemporaryDirectory folder;
  const std::string path = folder.Write("log", "before\n");
  const int code = InChild([&] {
    auto file = LogFile::Open(path);
    if (!file) return 1;
    file->Take();
    Log("one");
    return Write(stdout, "a table\n") ? 0 : 2;
  });
  BOOST_TEST(code == 0);
  std::string text = Read(path);
  std::ranges::replace_if(
      text, [](char c) { return '0' <= c && c <= '9'; }, '0');
  BOOST_TEST(text == "before\n0000-00-00T00:00:00.000Z tcpcopy: one\na table\n");
}

BOOST_AUTO_TEST_CASE(ReopensUnderItsNameWhereverTheProcessStands) {
  const TemporaryDirectory folder;
  const int code = InChild([&] {
    if (::chdir(folder.path().c_str()) != 0) return 1;
    auto file = LogFile::Open("log");
    if (!file || ::chdir("/") != 0) return 2;
    file->Take();
    Write(stdout, "old\n");
    std::filesystem::rename(folder.path() + "/log", folder.path() + "/log.1");
    if (!file->Reopen()) return 3;
    return Write(stdout, "new\n") ? 0 : 4;
  });
  BOOST_TEST(code == 0);
  BOOST_TEST(Read(folder.path() + "/log.1") == "old\n");
  BOOST_TEST(Read(folder.path() + "/log") == "new\n");
}

BOOST_AUTO_TEST_CASE(IsUsedOnWhenItsFolderIsGone) {
  const TemporaryDirectory folder;
  std::filesystem::create_directory(folder.path() + "/logs");
  const int code = InChild([&] {
    auto file = LogFile::Open(folder.path() + "/logs/log");
    if (!file) return 1;
    file->Take();
    std::filesystem::remove_all(folder.path() + "/logs");
    if (file->Reopen()) return 2;
    return Write(stdout, "still\n") ? 0 : 3;
  });
  BOOST_TEST(code == 0);
}

BOOST_AUTO_TEST_CASE(AFileThatCannotBeOpenedIsNamed) {
  const auto file = LogFile::Open("/nowhere/log");
  BOOST_TEST_REQUIRE(!file);
  BOOST_TEST(file.error().message.find("cannot open '/nowhere/log'") != std::string::npos);
}

}  // namespace
}  // namespace tcpcopy
