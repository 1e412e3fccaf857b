#pragma once

#include <string_view>

#include "src/diagnosis/evidence.h"

namespace tcpcopy {

/// What a connection to an intercept says when it cannot come up means this.
InterceptEvidence::State StateOf(std::string_view trouble);

}  // namespace tcpcopy
