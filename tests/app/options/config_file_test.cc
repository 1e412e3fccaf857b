#include "src/app/options/config_file.h"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <utility>

#include "tests/temporary_directory.h"

namespace tcpcopy {
namespace {

std::vector<ConfigSetting> Settings(const std::string& text) {
  const auto file = ConfigFile::Parse(text);
  BOOST_TEST_REQUIRE(file.has_value(), text << ": " << (file ? "" : file.error().what));
  return file->settings();
}

ConfigProblem Problem(const std::string& text) {
  const auto file = ConfigFile::Parse(text);
  BOOST_TEST_REQUIRE(!file.has_value(), text);
  return file.error();
}

BOOST_AUTO_TEST_CASE(EachLineIsANameAndAValue) {
  const auto settings = Settings(
      "# a shop\n"
      "transfer = \"80-10.0.0.2:8080\"\n"
      "\r\n"
      "  ; another kind of comment\n"
      "\tno-wait=true\r\n"
      "buffer =32  # MB\n"
      "speed = max");
  BOOST_TEST_REQUIRE(settings.size() == 4U);
  const std::tuple<std::string, std::string, int> expected[] = {{"transfer", "80-10.0.0.2:8080", 2},
                                                                {"no-wait", "true", 5},
                                                                {"buffer", "32", 6},
                                                                {"speed", "max", 7}};
  for (int i = 0; i < 4; ++i) {
    BOOST_TEST((std::tie(settings[i].name, settings[i].value, settings[i].line) == expected[i]),
               settings[i].name << "=" << settings[i].value << " " << settings[i].line);
  }
}

BOOST_AUTO_TEST_CASE(AValueIsWholeWhateverIsInIt) {
  const std::pair<const char*, const char*> table[] = {
      {"x = 80-10.0.0.2,81-10.0.0.2:82", "80-10.0.0.2,81-10.0.0.2:82"},
      {"x = [2001:db8::1]:80-[2001:db8::2]:80", "[2001:db8::1]:80-[2001:db8::2]:80"},
      {"x = [2001:db8::3]", "[2001:db8::3]"},
      {"x = tcp and port 80", "tcp and port 80"},
      {"x = 'tcp[13] & 2 != 0'", "tcp[13] & 2 != 0"},
      {"x = \"a = b\"", "a = b"},
      {"x = /var/log/#1.log", "/var/log/#1.log"},
      {"x = \"/var/log/# 1.log\" # ours", "/var/log/# 1.log"},
      {"x = it's", "it's"},
      {"x =", ""},
      {"x = \"\"", ""},
      {"x = # none", ""},
      {"x = {a}", "{a}"},
      {"x=5", "5"},
      {"x = \xc3\xa4", "\xc3\xa4"},
  };
  for (const auto& [line, value] : table) {
    const auto settings = Settings(line);
    BOOST_TEST_REQUIRE(settings.size() == 1U, line);
    BOOST_TEST(settings[0].name == "x", line);
    BOOST_TEST(settings[0].value == value, line);
  }
}

BOOST_AUTO_TEST_CASE(WhatIsNoSettingIsNamedWithItsLine) {
  const std::pair<const char*, const char*> table[] = {
      {"daemon", "'daemon' has no '='"},
      {"x", "'x' has no '='"},
      {"= 5", "'= 5' has no name before '='"},
      {"'' = 5", "''' = 5' is no 'name = value'"},
      {"[tcpcopy]", "'[tcpcopy]': there are no sections"},
      {"[[a]]", "'[[a]]': there are no sections"},
      {"x = \"80", "the quotes of 'x' do not match"},
      {"x = \"", "the quotes of 'x' do not match"},
      {"x = '80\"", "the quotes of 'x' do not match"},
      {"x = \"a\" \"b\"", "the quotes of 'x' do not match"},
      {"a.b = 5", "'a.b = 5' is no 'name = value'"},
      {"x = \x01", "is no text"},
      {"\x7f\x45\x4c\x46", "is no text"},
  };
  for (const auto& [line, what] : table) {
    const ConfigProblem problem = Problem(std::string("# one\n\n") + line + "\ny = 5\n");
    BOOST_TEST(problem.line == 3, line);
    BOOST_TEST(problem.what == what, line);
  }
  BOOST_TEST(Problem(std::string("x = 1\0\n", 7)).what == "is no text");
}

BOOST_AUTO_TEST_CASE(OnlyAReadableFileOfBoundedSizeWithASettingIsRead) {
  const testing::TemporaryDirectory directory;
  const std::string path = directory.path() + "/file";
  const auto problem = [&](const std::string& name) {
    const auto file = ConfigFile::Read(name);
    BOOST_REQUIRE(!file.has_value());
    BOOST_TEST(file.error().line == 0);
    return file.error().what;
  };
  const auto write = [&](const std::string& text) { std::ofstream(path) << text; };
  BOOST_TEST(problem(path) == "'" + path + "' cannot be read: No such file or directory");
  BOOST_TEST(problem(directory.path()) == "'" + directory.path() + "' is a directory");
  BOOST_TEST(problem("/dev/null") == "'/dev/null' is no regular file");
  BOOST_REQUIRE(mkfifo((directory.path() + "/pipe").c_str(), 0600) == 0);
  BOOST_TEST(problem(directory.path() + "/pipe").ends_with("/pipe' is no regular file"));
  write("");
  BOOST_TEST(problem(path) == "'" + path + "' sets nothing");
  write("# only\n\n# comments\n");
  BOOST_TEST(problem(path) == "'" + path + "' sets nothing");
  const std::string setting = "x = 5\n";
  write(setting + std::string(ConfigFile::kMaxBytes - setting.size(), '\n'));
  BOOST_TEST(ConfigFile::Read(path).has_value());
  write(setting + std::string(ConfigFile::kMaxBytes - setting.size() + 1, '\n'));
  BOOST_TEST(problem(path) == "'" + path + "' has more than 65536 bytes");
}

}  // namespace
}  // namespace tcpcopy
