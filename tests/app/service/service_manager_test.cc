#include "src/app/service/service_manager.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "src/io/unique_fd.h"
#include "tests/temporary_directory.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;
using testing::TemporaryDirectory;

/// A manager's socket, and the environment that names it.
struct Manager {
  explicit Manager(const std::string& name = "") {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = name.empty() ? folder.path() + "/notify" : name;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    auto length = static_cast<socklen_t>(sizeof(address.sun_family) + path.size());
    if (path[0] == '@') address.sun_path[0] = '\0';
    if (path[0] == '/') ++length;
    const auto* const generic = static_cast<const sockaddr*>(static_cast<const void*>(&address));
    BOOST_TEST_REQUIRE(::bind(socket.get(), generic, length) == 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    ::unsetenv("WATCHDOG_USEC");
    ::unsetenv("WATCHDOG_PID");
  }

  /// The next message; "-" when there is none.
  std::string Told() const {
    std::array<char, 512> text{};
    const ssize_t count = ::recv(socket.get(), text.data(), text.size(), MSG_DONTWAIT);
    return count < 0 ? "-" : std::string(text.data(), static_cast<std::size_t>(count));
  }

  const TemporaryDirectory folder;
  const UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

BOOST_AUTO_TEST_CASE(ReadyStatusAndStoppingAreToldWhenTheyCome) {
  const Manager manager;
  ServiceManager service = ServiceManager::FromEnvironment();
  BOOST_TEST(service.present());
  service.Ready("ready");
  service.Status("3 sessions\nand more");
  service.Stopping("stopping");
  BOOST_TEST(manager.Told() == "READY=1\nSTATUS=ready");
  BOOST_TEST(manager.Told() == "STATUS=3 sessions and more");
  BOOST_TEST(manager.Told() == "STOPPING=1\nSTATUS=stopping");
  BOOST_TEST(manager.Told() == "-");
}

BOOST_AUTO_TEST_CASE(ASocketMayHaveAnAbstractName) {
  const Manager manager("@tcpcopy-test-" + std::to_string(::getpid()));
  ServiceManager::FromEnvironment().Ready("r");
  BOOST_TEST(manager.Told() == "READY=1\nSTATUS=r");
}

BOOST_AUTO_TEST_CASE(ProgramsThatWeStartDoNotInheritIt) {
  const Manager manager;
  ::setenv("WATCHDOG_USEC", "4000000", 1);
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  ServiceManager::FromEnvironment();
  for (const char* const name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
    BOOST_TEST((std::getenv(name) == nullptr), name);
  }
}

BOOST_AUTO_TEST_CASE(WithoutAManagerNobodyIsTold) {
  for (const std::string& value : {std::string(), std::string("x"), std::string("relative/path"),
                                   "/" + std::string(200, 'x')}) {
    ::setenv("NOTIFY_SOCKET", value.c_str(), 1);
    ServiceManager service = ServiceManager::FromEnvironment();
    BOOST_TEST(!service.present(), value);
    service.Ready("r");
    service.OnSecond(Instant{} + 1s);
  }
  ServiceManager().Stopping("s");
}

BOOST_AUTO_TEST_CASE(TheWatchdogIsToldTwiceInItsTime) {
  const Manager manager;
  ::setenv("WATCHDOG_USEC", "10000000", 1);
  ServiceManager service = ServiceManager::FromEnvironment();
  std::vector<int> told;
  for (int second = 1; second <= 16; ++second) {
    service.OnSecond(Instant{} + std::chrono::seconds(second));
    if (manager.Told() == "WATCHDOG=1") told.push_back(second);
  }
  BOOST_TEST(told == (std::vector<int>{1, 6, 11, 16}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(AWatchdogOfAnotherProcessOrOfNoNumberIsNone) {
  for (const auto& [microseconds, pid] :
       {std::pair{"10000000", "1"}, {"", ""}, {"-5", ""}, {"0", ""}, {"10s", ""}}) {
    const Manager manager;
    ::setenv("WATCHDOG_USEC", microseconds, 1);
    if (*pid != '\0') ::setenv("WATCHDOG_PID", pid, 1);
    ServiceManager service = ServiceManager::FromEnvironment();
    service.OnSecond(Instant{} + 1s);
    BOOST_TEST(manager.Told() == "-", microseconds);
  }
}

BOOST_AUTO_TEST_CASE(AManagerThatDoesNotReadIsToldLaterAndOnlyWhatCounts) {
  const Manager manager;
  ServiceManager service = ServiceManager::FromEnvironment();
  // Until its queue is full.
  for (int i = 0; i < 5000; ++i) service.Status("old");
  service.Ready("ready");
  service.Status("new");
  while (manager.Told() == "STATUS=old") {
  }
  service.OnSecond(Instant{} + 1s);
  std::string told = manager.Told();
  BOOST_TEST(told == "READY=1\nSTATUS=new");
  service.OnSecond(Instant{} + 2s);
  BOOST_TEST(manager.Told() == "-");
}

}  // namespace
}  // namespace tcpcopy
