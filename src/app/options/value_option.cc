#include "src/app/options/value_option.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace tcpcopy {

std::string_view ValueOption::name() const {
  return std::string_view(names).substr(0, names.find(','));
}

std::string_view ValueOption::long_name() const {
  return std::string_view(names).substr(names.find("--"));
}

std::string ValueOption::form() const { return fmt::format("{}, such as {}", accepted, example); }

std::string WholeRange::ToString() const { return fmt::format("{}..{} {}", least, most, unit); }

ValueOption WholeNumber(std::string names, WholeRange range, std::int64_t example, std::string help,
                        std::function<void(std::int64_t)> set) {
  auto read = [range, set = std::move(set)](const std::string& text) -> Result<void, std::string> {
    const auto number = ParseWhole(text, range);
    if (!number) return Err(number.error());
    set(*number);
    return {};
  };
  return {std::move(names), std::string(kWholeNumberValue),
          range.ToString(), std::to_string(example),
          std::move(help),  std::move(read)};
}

Result<std::int64_t, std::string> ParseWhole(std::string_view text, const WholeRange& range) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (stopped != end || error == std::errc::invalid_argument) {
    return Err(fmt::format("'{}' is no whole number", text));
  }
  if (error != std::errc{} || value < range.least || value > range.most) {
    return Err(fmt::format("'{}' is out of range", text));
  }
  return value;
}

Result<double, std::string> ParseDecimal(std::string_view text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  // "inf" and "nan" are numbers to from_chars, but not to us.
  if (stopped != end || error == std::errc::invalid_argument ||
      (error == std::errc{} && !std::isfinite(value))) {
    return Err(fmt::format("'{}' is no number", text));
  }
  if (error != std::errc{}) return Err(fmt::format("'{}' is out of range", text));
  return value;
}

}  // namespace tcpcopy
