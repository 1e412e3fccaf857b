#include "src/io/unique_fd.h"

#include <fcntl.h>

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

int OpenAny() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool IsOpen(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

BOOST_AUTO_TEST_CASE(ClosesWhatItOwnsOnce) {
  const int fd = OpenAny();
  {
    UniqueFd first(fd);
    const UniqueFd second(std::move(first));
    BOOST_TEST(second.get() == fd);
    BOOST_TEST(IsOpen(fd));
  }
  BOOST_TEST(!IsOpen(fd));
}

BOOST_AUTO_TEST_CASE(AssigningClosesTheFormerOne) {
  const int former = OpenAny();
  UniqueFd owner(former);
  owner = UniqueFd(OpenAny());
  BOOST_TEST(!IsOpen(former));
  BOOST_TEST(IsOpen(owner.get()));
}

BOOST_AUTO_TEST_CASE(IsEmptyByDefault) {
  BOOST_TEST(!UniqueFd());
  BOOST_TEST(UniqueFd().get() == -1);
}

}  // namespace
}  // namespace tcpcopy
