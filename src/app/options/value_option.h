#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "netstack/base/result.h"

namespace tcpcopy {

/// An option of the command line that takes a value: its words in the help, the form that its value
/// must have, and what to do with one.
struct ValueOption {
  /// Takes the text; the error is a phrase about it such as "'x' is no whole number".
  using Set = std::function<Result<void, std::string>(const std::string& text)>;

  std::string names;     // "-B,--buffer" or "--drain"
  std::string value;     // stands for the value in the help
  std::string accepted;  // the form of a good value, for messages; 'such as' and the example follow
  std::string example;   // one good value
  std::string help;
  Set set;
  bool takes_rest = false;  // words of the command line that belong to no option are values, too

  /// The name that messages use: "-B", or "--drain" where there is no short one.
  std::string_view name() const;
  /// "--buffer".
  std::string_view long_name() const;
  /// What a message says is accepted: "1..2047 MB, such as 16".
  std::string form() const;
};

/// Which whole numbers an option accepts, and what they count.
struct WholeRange {
  std::int64_t least = 0;
  std::int64_t most = 0;
  std::string_view unit;

  /// "1..2047 MB".
  std::string ToString() const;
};

/// What stands for a whole number in the help.
inline constexpr std::string_view kWholeNumberValue = "N";

/// An option for decimal digits within `range`, of which `example` is one; `set` is called with
/// good numbers only.
ValueOption WholeNumber(std::string names, WholeRange range, std::int64_t example, std::string help,
                        std::function<void(std::int64_t)> set);

/// Reads decimal digits, whole text, no sign but '-'; none for anything else, or out of `range`.
Result<std::int64_t, std::string> ParseWhole(std::string_view text, const WholeRange& range);

/// Reads a finite decimal number such as "0.5", whole text, no sign but '-'; none for anything
/// else, or when a double cannot hold it.
Result<double, std::string> ParseDecimal(std::string_view text);

}  // namespace tcpcopy
