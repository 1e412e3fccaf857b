#include "src/app/options/help_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace tcpcopy {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kTextAt = 28;

/// `text` in lines of at most `kWidth` columns that begin at `kTextAt`, behind `label`; the first
/// one below it where it is too long.
std::string Row(const std::string& label, std::string_view text) {
  std::string rows = label;
  std::size_t column = label.size();
  bool fresh = true;  // a line's first word needs no blank before it, and has its place in any case
  const auto new_line = [&] {
    rows += '\n' + std::string(kTextAt, ' ');
    column = kTextAt;
    fresh = true;
  };
  if (label.size() + 2 > kTextAt) {
    new_line();
  } else {
    rows.append(kTextAt - label.size(), ' ');
    column = kTextAt;
  }
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    if (!fresh && column + 1 + word.size() > kWidth) new_line();
    if (!fresh) rows += ' ';
    column += word.size() + (fresh ? 0 : 1);
    rows += word;
    fresh = false;
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return rows + '\n';
}

/// "  -B, --buffer", and the same place for a long name alone.
std::string Label(const std::string& names) {
  const std::size_t comma = names.find(',');
  if (comma == std::string::npos) return fmt::format("      {}", names);
  return fmt::format("  {}, {}", names.substr(0, comma), names.substr(comma + 1));
}

}  // namespace

std::string HelpText(std::string_view program, std::string_view purpose,
                     const std::vector<OptionGroup>& groups) {
  std::string text = fmt::format("Usage: {} [OPTION]...\n{}\n", program, purpose);
  for (const OptionGroup& group : groups) {
    text += fmt::format("\n{}:\n", group.title);
    for (const ValueOption& option : group.options) {
      const bool is_number = option.value == kWholeNumberValue;
      text += Row(fmt::format("{} {}", Label(option.names), option.value),
                  is_number ? fmt::format("{}; {}", option.help, option.accepted) : option.help);
    }
    for (const FlagOption& flag : group.flags) text += Row(Label(flag.names), flag.help);
  }
  return text + fmt::format("\nThe manual page says more: man {}", program);
}

}  // namespace tcpcopy
