#include "src/app/options/help_text.h"

#include <boost/test/unit_test.hpp>
#include <sstream>

namespace tcpcopy {
namespace {

ValueOption Option(std::string names, std::string value, std::string help) {
  return {std::move(names), std::move(value), "any", "one", std::move(help), {}};
}

std::string Help(std::vector<ValueOption> options, std::vector<FlagOption> flags = {}) {
  return HelpText("sorter", "Sorts.", {{"How", std::move(options), std::move(flags)}});
}

BOOST_AUTO_TEST_CASE(OptionsStandUnderTheTitleOfTheirGroup) {
  const std::string help = HelpText("sorter", "Sorts.",
                                    {{"First", {Option("-a,--all", "WORD", "takes all")}, {}},
                                     {"Second", {}, {{"--fast", "is fast", {}}}}});
  BOOST_TEST(help ==
             "Usage: sorter [OPTION]...\n"
             "Sorts.\n"
             "\n"
             "First:\n"
             "  -a, --all WORD            takes all\n"
             "\n"
             "Second:\n"
             "      --fast                is fast\n"
             "\n"
             "The manual page says more: man sorter");
}

BOOST_AUTO_TEST_CASE(AWholeNumberShowsItsRange) {
  const std::string help = Help({WholeNumber("--size", {1, 9, "MB"}, 5, "size (4)", [](auto) {})});
  BOOST_TEST(help.find("      --size N              size (4); 1..9 MB\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(TextBelowALongName) {
  const auto row = [](std::size_t width) {  // of the label
    const std::string name(width - std::string("      -- W").size(), 'x');
    return Help({Option("--" + name, "W", "text")});
  };
  BOOST_TEST(row(26).find("x W  text\n") != std::string::npos);
  BOOST_TEST(row(27).find("x W\n" + std::string(28, ' ') + "text\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(NoLineIsWiderThanATerminal) {
  std::string words;
  for (int i = 0; i < 60; ++i) words += std::string(1 + i % 12, 'x') + " ";
  words += std::string(100, 'y');  // one that fits nowhere has a line of its own
  std::istringstream lines(Help({Option("-a,--all", "WORD", words)}));
  int wide = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.size() <= 80) continue;
    ++wide;
    BOOST_TEST(line == std::string(28, ' ') + std::string(100, 'y'));
  }
  BOOST_TEST(wide == 1);
}

}  // namespace
}  // namespace tcpcopy
