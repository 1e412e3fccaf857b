#include "src/app/options/capture_file_list.h"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/temporary_directory.h"

namespace tcpcopy {
namespace {

using Names = std::vector<std::string>;

/// Works inside a directory with some files.
struct ListBench {
  ListBench() : before(std::filesystem::current_path()) {
    for (const char* name : {"a.pcap", "b.pcapng", "eth0", "x,y", "c,d.pcap", "d.pcap"}) {
      directory.Write(name, "x");
    }
    std::filesystem::create_directory(directory.path() + "/folder");
    std::filesystem::create_symlink("a.pcap", directory.path() + "/link");
    BOOST_TEST_REQUIRE(mkfifo((directory.path() + "/pipe").c_str(), 0600) == 0);
    std::filesystem::current_path(directory.path());
  }
  ~ListBench() { std::filesystem::current_path(before); }

  testing::TemporaryDirectory directory;
  const std::filesystem::path before;
};

BOOST_FIXTURE_TEST_SUITE(CaptureFileListTest, ListBench)

BOOST_AUTO_TEST_CASE(FilesAndInterfacesAreToldApart) {
  for (const char* files : {"a.pcap", "a.pcap,b.pcapng", "none.pcap", "none.pcapng", "./none", "-",
                            "a.pcap,-", "eth0", "eth0,a.pcap", "x,y", "none.pcap,./other",
                            // An empty name is told as what it is.
                            "a.pcap,", ",a.pcap"}) {
    const auto told = NamesCaptureFiles(files);
    BOOST_TEST((told && *told), files);
  }
  for (const char* interfaces : {"eth1", "eth1,lo", "any", "", ",", "eth1,", "x,z"}) {
    const auto told = NamesCaptureFiles(interfaces);
    BOOST_TEST((told && !*told), interfaces);
  }
}

BOOST_AUTO_TEST_CASE(FilesAndInterfacesDoNotMix) {
  BOOST_TEST(NamesCaptureFiles("eth1,a.pcap").error() ==
             "'a.pcap' is a capture file and 'eth1' is none");
  BOOST_TEST(NamesCaptureFiles("-,eth1,lo").error() == "'-' is a capture file and 'eth1' is none");
  // Rather a path with a comma that is not there.
  BOOST_TEST(NamesCaptureFiles("./e,f").error() == "there is no file './e'");
}

BOOST_AUTO_TEST_CASE(AListIsTakenApart) {
  struct Row {
    const char* list;
    Names names;
  };
  for (const Row& row : {Row{"a.pcap", {"a.pcap"}},
                         {"-", {"-"}},
                         {"b.pcapng,a.pcap,-", {"b.pcapng", "a.pcap", "-"}},
                         {"x,y", {"x,y"}},
                         {"c,d.pcap", {"c,d.pcap"}},
                         {"eth0,./d.pcap", {"eth0", "./d.pcap"}}}) {
    const auto names = ParseCaptureFiles(row.list);
    BOOST_TEST_REQUIRE(names.has_value(), (names ? "" : names.error()));
    BOOST_TEST(*names == row.names, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(BadListsAreExplained) {
  std::string many = "a.pcap";
  for (int i = 0; i < 256; ++i) many += ",a.pcap";
  for (const auto& [list, problem] :
       {std::pair<std::string, std::string>{"none", "there is no file 'none'"},
        {"a.pcap,none", "there is no file 'none'"},
        {"", "'' has an empty name"},
        {"a.pcap,", "'a.pcap,' has an empty name"},
        {"a.pcap,folder", "'folder' is a directory"},
        {"a.pcap,b.pcapng,a.pcap", "'a.pcap' is named twice"},
        {"-,a.pcap,-", "'-' is named twice"},
        {"a.pcap,link", "'a.pcap' and 'link' are the same file"},
        {"./d.pcap,d.pcap", "'./d.pcap' and 'd.pcap' are the same file"},
        {many, "257 files are more than 256"}}) {
    const auto names = ParseCaptureFiles(list);
    BOOST_TEST_REQUIRE(!names.has_value(), list);
    BOOST_TEST(names.error() == problem);
  }
}

BOOST_AUTO_TEST_CASE(WhatIsNoRegularFileIsReadOnce) {
  BOOST_TEST(ReadOnceOnly({"a.pcap", "link"}) == "");
  BOOST_TEST(ReadOnceOnly({"a.pcap", "pipe", "-"}) == "pipe");
  BOOST_TEST(ReadOnceOnly({"-"}) == "-");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
