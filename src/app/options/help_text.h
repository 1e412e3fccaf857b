#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/app/options/option_group.h"

namespace tcpcopy {

/// What --help prints: each group of options under its title, no line longer than a terminal's 80
/// columns (but for a word that is longer by itself), without a final newline.
std::string HelpText(std::string_view program, std::string_view purpose,
                     const std::vector<OptionGroup>& groups);

}  // namespace tcpcopy
