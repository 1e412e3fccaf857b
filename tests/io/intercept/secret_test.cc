#include "src/io/intercept/secret.h"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>

#include "tests/temporary_directory.h"

namespace tcpcopy {
namespace {

struct Fixture {
  std::string File(std::string_view content, mode_t mode = 0600) {
    const std::string path = directory.Write("secret", content);
    BOOST_REQUIRE(::chmod(path.c_str(), mode) == 0);
    return path;
  }
  std::string ErrorOf(const std::string& path) {
    const auto secret = Secret::Load(path);
    return secret ? "" : secret.error().message;
  }
  testing::TemporaryDirectory directory;
};

std::string Text(const Secret& secret) { return {secret.bytes().begin(), secret.bytes().end()}; }

BOOST_FIXTURE_TEST_SUITE(SecretTest, Fixture)

BOOST_AUTO_TEST_CASE(TheFileWithoutItsLastLineEnd) {
  BOOST_TEST(Text(Secret::Load(File("open sesame")).value()) == "open sesame");
  BOOST_TEST(Text(Secret::Load(File("open sesame\n")).value()) == "open sesame");
  BOOST_TEST(Text(Secret::Load(File("open sesame\r\n")).value()) == "open sesame");
  BOOST_TEST(Text(Secret::Load(File("two\nlines\n\n", 0400)).value()) == "two\nlines\n");
  const std::string binary("\0\xff\0", 3);
  BOOST_TEST(Text(Secret::Load(File(binary)).value()) == binary);
}

BOOST_AUTO_TEST_CASE(OthersMustNotBeAbleToReadIt) {
  for (const mode_t mode : {0640, 0604, 0660, 0601}) {
    const std::string path = File("secret", mode);
    BOOST_TEST(ErrorOf(path) == "cannot use the secret in " + path +
                                    ": others may read it; `chmod 600 " + path + "`");
  }
}

BOOST_AUTO_TEST_CASE(AnEmptyFileIsNoSecret) {
  for (const char* const content : {"", "\n", "\r\n"}) {
    BOOST_TEST(ErrorOf(File(content)).ends_with(": it is empty"));
  }
}

BOOST_AUTO_TEST_CASE(LongFilesAreRefused) {
  BOOST_TEST(Secret::Load(File(std::string(4096, 'x')))->bytes().size() == 4096U);
  BOOST_TEST(ErrorOf(File(std::string(4097, 'x'))).ends_with("more than 4096 bytes"));
  BOOST_TEST(ErrorOf(File(std::string(100000, 'x'))).ends_with("more than 4096 bytes"));
}

BOOST_AUTO_TEST_CASE(WhatIsNoFileIsAnError) {
  BOOST_TEST(ErrorOf("/nonexistent/secret").ends_with("No such file or directory"));
  BOOST_TEST(ErrorOf(directory.path()).ends_with(": it is not a file"));
}

BOOST_AUTO_TEST_CASE(CopiesAndMoves) {
  Secret secret("abc");
  const Secret copy = secret;
  Secret other;
  BOOST_TEST(other.empty());
  other = secret;
  BOOST_TEST(Text(other) == "abc");
  const Secret moved = std::move(secret);
  BOOST_TEST(Text(moved) == "abc");
  BOOST_TEST(Text(copy) == "abc");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
