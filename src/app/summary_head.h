#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "src/app/version.h"

namespace tcpcopy {

/// How the file of --summary-json begins, so that one knows what it is. `format` grows when a name
/// in it comes to mean something else, or goes.
inline nlohmann::ordered_json SummaryHead() {
  return {{"program", "tcpcopy"}, {"version", std::string(kVersion)}, {"format", 1U}};
}

}  // namespace tcpcopy
