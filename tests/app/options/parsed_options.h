#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "src/app/options/options.h"

namespace tcpcopy::testing {

using Arguments = std::vector<std::string>;

inline Result<Options, OptionsExit> Parse(const Arguments& arguments) {
  std::vector<const char*> argv{"tcpcopy"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return ParseOptions(static_cast<int>(argv.size()), argv.data());
}

/// Together with a good -x.
inline Arguments WithMap(const Arguments& arguments) {
  Arguments all{"-x", "80-10.0.0.2:8080"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
}

inline std::string Text(const Arguments& arguments) {
  std::string text;
  for (const std::string& argument : arguments) text += "'" + argument + "' ";
  return text;
}

inline Options Good(const Arguments& arguments) {
  const auto options = Parse(arguments);
  BOOST_TEST_REQUIRE(options.has_value(), Text(arguments)
                                              << (options ? "" : options.error().message));
  return *options;
}

/// The message, which must be one whole line that ends with what is accepted.
inline std::string BadLine(const Arguments& arguments) {
  const auto options = Parse(arguments);
  BOOST_TEST_REQUIRE(!options.has_value(), Text(arguments));
  const std::string& line = options.error().message;
  BOOST_TEST(options.error().code == 2, Text(arguments));
  BOOST_TEST(std::ranges::none_of(line, [](char c) { return c == '\n' || c == '\r'; }), line);
  const std::size_t accepted = line.find("; accepted: ");
  BOOST_TEST((accepted != std::string::npos && accepted + 12 < line.size()), line);
  return line;
}

}  // namespace tcpcopy::testing
