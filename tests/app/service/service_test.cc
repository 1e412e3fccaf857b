#include "src/app/service/service.h"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "src/app/console.h"
#include "tests/app/service/in_child.h"
#include "tests/temporary_directory.h"

namespace tcpcopy {
namespace {

using testing::InChild;
using testing::TemporaryDirectory;

ServiceOptions Parsed(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "program");
  ServiceOptions options;
  CommandLine line("program", "Tests.", {ServiceOptionGroup(options)});
  BOOST_TEST_REQUIRE(line.Parse(static_cast<int>(arguments.size()), arguments.data()).has_value());
  return options;
}

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  std::getline(file, text);
  return text;
}

BOOST_AUTO_TEST_CASE(OptionsByTheirShortAndTheirLongNames) {
  const ServiceOptions none = Parsed({});
  BOOST_TEST(!none.background);
  BOOST_TEST(none.log_file.empty());
  const ServiceOptions brief = Parsed({"-d", "-l", "log", "-P", "pid"});
  const ServiceOptions full = Parsed({"--daemon", "--log-file", "log", "--pid-file", "pid"});
  for (const ServiceOptions& options : {brief, full}) {
    BOOST_TEST(options.background);
    BOOST_TEST(options.log_file == "log");
    BOOST_TEST(options.pid_file == "pid");
  }
}

BOOST_AUTO_TEST_CASE(ThePidFileHoldsTheBackgroundProcess) {
  const TemporaryDirectory folder;
  ServiceOptions options;
  options.background = true;
  options.pid_file = folder.path() + "/pid";
  options.log_file = folder.path() + "/log";
  const int code = InChild([&] {
    const std::string foreground = std::to_string(::getpid());
    auto service = Service::Begin(options);
    if (!service) return 1;
    const std::string background = FirstLine(options.pid_file);
    if (background != std::to_string(::getpid()) || background == foreground) return 2;
    service->Ready();
    PrintResult(Moment::kMeanwhile, "ready\n", "", "");
    std::filesystem::rename(options.log_file, options.log_file + ".1");
    service->OnHangup();
    return PrintResult(Moment::kMeanwhile, "again\n", "", "") ? 0 : 3;
  });
  BOOST_TEST(code == 0);
}

BOOST_AUTO_TEST_CASE(NobodyWatchesItInTheBackgroundOrThroughALogOrByAProgram) {
  const TemporaryDirectory folder;
  const auto unwatched = [](const ServiceOptions& options) {
    return InChild([&] {
      const auto service = Service::Begin(options);
      return service && service->unwatched() ? 1 : 0;
    });
  };
  BOOST_TEST(unwatched({}) == 0);
  BOOST_TEST(unwatched({.log_file = folder.path() + "/log"}) == 1);
  BOOST_TEST(unwatched({.log = {.format = LogFormat::kJson}}) == 1);
  BOOST_TEST(unwatched({.background = true}) == 1);
  ::setenv("NOTIFY_SOCKET", "/nowhere", 1);
  BOOST_TEST(unwatched({}) == 1);
  ::unsetenv("NOTIFY_SOCKET");
}

BOOST_AUTO_TEST_CASE(ErrorsBeginWithTheOptionAtFault) {
  for (const std::string option : {"-l", "-P"}) {
    ServiceOptions options;
    (option == "-l" ? options.log_file : options.pid_file) = "/nowhere/file";
    const auto service = Service::Begin(options);
    BOOST_TEST_REQUIRE(!service);
    BOOST_TEST(service.error().starts_with(option + ": "), service.error());
  }
}

}  // namespace
}  // namespace tcpcopy
