#include "src/app/service/log_file.h"

#include <sys/stat.h>
#include <unistd.h>

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
    (*file)->Take();
    Log("one");
    if (!PrintResult(Moment::kMeanwhile, "a table\n", "", "")) return 2;
    return Write(stderr, "what a library prints\n") ? 0 : 3;
  });
  BOOST_TEST(code == 0);
  std::string text = Read(path);
  std::ranges::replace_if(
      text, [](char c) { return '0' <= c && c <= '9'; }, '0');
  BOOST_TEST(text ==
             "before\n0000-00-00T00:00:00.000Z tcpcopy: one\na table\n"
             "what a library prints\n");
}

BOOST_AUTO_TEST_CASE(ReopensUnderItsNameWhereverTheProcessStands) {
  const TemporaryDirectory folder;
  const int code = InChild([&] {
    if (::chdir(folder.path().c_str()) != 0) return 1;
    auto file = LogFile::Open("log");
    if (!file || ::chdir("/") != 0) return 2;
    (*file)->Take();
    PrintResult(Moment::kMeanwhile, "old\n", "", "");
    std::filesystem::rename(folder.path() + "/log", folder.path() + "/log.1");
    PrintResult(Moment::kMeanwhile, "still old\n", "", "");
    if (!(*file)->Reopen()) return 3;
    PrintResult(Moment::kMeanwhile, "new\n", "", "");
    return Write(stdout, "and printed\n") ? 0 : 4;
  });
  BOOST_TEST(code == 0);
  BOOST_TEST(Read(folder.path() + "/log.1") == "old\nstill old\n");
  BOOST_TEST(Read(folder.path() + "/log") == "new\nand printed\n");
}

BOOST_AUTO_TEST_CASE(ARemovedFileIsMadeAnew) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/log";
  const int code = InChild([&] {
    auto file = LogFile::Open(path);
    if (!file) return 1;
    (*file)->Take();
    PrintResult(Moment::kMeanwhile, "old\n", "", "");
    std::filesystem::remove(path);
    return PrintResult(Moment::kMeanwhile, "new\n", "", "") ? 0 : 2;
  });
  BOOST_TEST(code == 0);
  BOOST_TEST(Read(path) == "new\n");
}

BOOST_AUTO_TEST_CASE(LinesAreCountedWhileItsFolderIsGoneAndThatIsToldOnceWhereErrorsWentBefore) {
  const TemporaryDirectory folder;
  const std::string logs = folder.path() + "/logs";
  std::filesystem::create_directory(logs);
  const int code = InChild([&] {
    if (std::freopen((folder.path() + "/terminal").c_str(), "w", stderr) == nullptr) return 1;
    auto file = LogFile::Open(logs + "/log");
    if (!file) return 2;
    (*file)->Take();
    std::filesystem::remove_all(logs);
    Log("one");
    if ((*file)->Reopen()) return 3;
    Log("two");
    std::filesystem::create_directory(logs);
    Log("three");
    return 0;
  });
  BOOST_TEST(code == 0);
  const std::string text = Read(logs + "/log");
  BOOST_TEST(text.find(": warning: 2 lines of the log were lost: No such file or directory\n") !=
             std::string::npos);
  BOOST_TEST(text.ends_with("tcpcopy: three\n"));
  const std::string told = Read(folder.path() + "/terminal");
  BOOST_TEST(std::ranges::count(told, '\n') == 1);
  BOOST_TEST(told.find("/log' cannot be written: No such file or directory; lines are lost until "
                       "it can\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(TheLogGoesBackToStandardErrorAfterIt) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/log";
  const int code = InChild([&] {
    {
      auto file = LogFile::Open(path);
      if (!file) return 1;
      (*file)->Take();
    }
    Log("no stamp");  // to what standard error is now: the same file
    return 0;
  });
  BOOST_TEST(code == 0);
  BOOST_TEST(Read(path) == "tcpcopy: no stamp\n");
}

/// A wait for its reader would be one for ever.
BOOST_AUTO_TEST_CASE(APipeWithoutAReaderIsRefused) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/pipe";
  BOOST_TEST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  BOOST_TEST(!LogFile::Open(path));
}

BOOST_AUTO_TEST_CASE(AFileThatCannotBeOpenedIsNamed) {
  const auto file = LogFile::Open("/nowhere/log");
  BOOST_TEST_REQUIRE(!file);
  BOOST_TEST(file.error().message.find("cannot open '/nowhere/log'") != std::string::npos);
}

}  // namespace
}  // namespace tcpcopy
