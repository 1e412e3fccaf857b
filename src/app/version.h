#pragma once

#include <string_view>

namespace tcpcopy {

inline constexpr std::string_view kVersion = "2.0.0-dev";

}  // namespace tcpcopy
