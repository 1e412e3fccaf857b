#include "src/app/options/value_option.h"

#include <boost/test/unit_test.hpp>
#include <optional>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(TheFirstNameIsForMessages) {
  const ValueOption both = WholeNumber("-B,--buffer", {}, 0, "", [](auto) {});
  BOOST_TEST(both.name() == "-B");
  BOOST_TEST(both.long_name() == "--buffer");
  const ValueOption one = WholeNumber("--drain", {}, 0, "", [](auto) {});
  BOOST_TEST(one.name() == "--drain");
  BOOST_TEST(one.long_name() == "--drain");
}

BOOST_AUTO_TEST_CASE(AWholeNumberTellsItsRange) {
  const ValueOption option = WholeNumber("-B,--buffer", {1, 2047, "MB"}, 16, "help", [](auto) {});
  BOOST_TEST(option.value == "N");
  BOOST_TEST(option.accepted == "1..2047 MB");
  BOOST_TEST(option.form() == "1..2047 MB, such as 16");
  BOOST_TEST(option.help == "help");
}

BOOST_AUTO_TEST_CASE(WholeNumbersAreDecimalDigitsWithinTheRange) {
  std::optional<std::int64_t> taken;
  const ValueOption option =
      WholeNumber("-x", {-2, 10, "things"}, 3, "", [&](auto n) { taken = n; });
  struct Row {
    const char* text;
    std::optional<std::int64_t> value;
    const char* error;
  };
  const Row table[] = {
      {"-2", -2, ""},
      {"0", 0, ""},
      {"10", 10, ""},
      {"007", 7, ""},
      {"-3", {}, "'-3' is out of range"},
      {"11", {}, "'11' is out of range"},
      {"99999999999999999999", {}, "'99999999999999999999' is out of range"},
      {"-99999999999999999999", {}, "'-99999999999999999999' is out of range"},
      {"", {}, "'' is no whole number"},
      {"-", {}, "'-' is no whole number"},
      {"five", {}, "'five' is no whole number"},
      {"5x", {}, "'5x' is no whole number"},
      {"99999999999999999999x", {}, "'99999999999999999999x' is no whole number"},
      {" 5", {}, "' 5' is no whole number"},
      {"5 ", {}, "'5 ' is no whole number"},
      {"+5", {}, "'+5' is no whole number"},
      {"5.0", {}, "'5.0' is no whole number"},
      {"1e1", {}, "'1e1' is no whole number"},
      {"0x5", {}, "'0x5' is no whole number"},
      {"1,0", {}, "'1,0' is no whole number"},
  };
  for (const Row& row : table) {
    taken.reset();
    const auto done = option.set(row.text);
    BOOST_TEST((taken == row.value), row.text);
    BOOST_TEST((done ? "" : done.error()) == row.error);
  }
}

BOOST_AUTO_TEST_CASE(DecimalsAreFinite) {
  struct Row {
    const char* text;
    std::optional<double> value;
    const char* error;
  };
  const Row table[] = {
      {"2", 2, ""},
      {"0.5", 0.5, ""},
      {".5", 0.5, ""},
      {"-1", -1, ""},
      {"1e3", 1000, ""},
      {"", {}, "'' is no number"},
      {"fast", {}, "'fast' is no number"},
      {"nan", {}, "'nan' is no number"},
      {"inf", {}, "'inf' is no number"},
      {"-infinity", {}, "'-infinity' is no number"},
      {"1.5x", {}, "'1.5x' is no number"},
      {"1,5", {}, "'1,5' is no number"},
      {"+1", {}, "'+1' is no number"},
      {" 1", {}, "' 1' is no number"},
      {"0x10", {}, "'0x10' is no number"},
      {"1e400", {}, "'1e400' is out of range"},
      {"1e-400", {}, "'1e-400' is out of range"},
  };
  for (const Row& row : table) {
    const auto number = ParseDecimal(row.text);
    BOOST_TEST(((number ? std::optional(*number) : std::nullopt) == row.value), row.text);
    BOOST_TEST((number ? "" : number.error()) == row.error);
  }
}

}  // namespace
}  // namespace tcpcopy
