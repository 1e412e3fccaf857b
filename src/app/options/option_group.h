#pragma once

#include <functional>
#include <string>
#include <vector>

#include "src/app/options/value_option.h"

namespace tcpcopy {

/// An option without a value. To be given it any number of times is the same as once.
struct FlagOption {
  std::string names;  // "-W,--no-wait" or "--dry-run"
  std::string help;
  std::function<void()> set;
};

/// Options that stand together in the help, those with a value first.
struct OptionGroup {
  std::string title;
  std::vector<ValueOption> options;
  std::vector<FlagOption> flags = {};
};

}  // namespace tcpcopy
