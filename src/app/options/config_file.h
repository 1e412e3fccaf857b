#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "netstack/base/result.h"

namespace tcpcopy {

/// One line of a configuration file: `name = value`, in quotes or not.
struct ConfigSetting {
  std::string name;  // an option's long name, without dashes
  std::string value;
  int line = 0;  // from 1
};

/// What is wrong with a configuration file, and where.
struct ConfigProblem {
  int line = 0;  // 0: the file as a whole
  std::string what;
};

/// A configuration file: options by their long names, one a line, and comments behind '#'. Knows
/// nothing of what options there are.
class ConfigFile {
 public:
  static constexpr std::size_t kMaxBytes = 65'536;
  static constexpr std::string_view kForm =
      "a file of at most 65536 bytes with lines like transfer = \"80-10.0.0.2:8080\"";
  static constexpr std::string_view kExample = "/etc/tcpcopy/shop.conf";

  /// Reads a regular file. One without a setting is a problem, too.
  static Result<ConfigFile, ConfigProblem> Read(const std::string& path);
  static Result<ConfigFile, ConfigProblem> Parse(std::string_view text);

  const std::vector<ConfigSetting>& settings() const { return settings_; }

 private:
  std::vector<ConfigSetting> settings_;
};

}  // namespace tcpcopy
