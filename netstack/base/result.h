#pragma once

#include <tl/expected.hpp>

namespace tcpcopy {

/// Either a value or the reason why there is none. The project's only way to report an error below
/// `src/app`: netstack, runtime, io and replay throw nothing.
template <typename T, typename E>
using Result = tl::expected<T, E>;

/// `return Err(ParseError::kTruncated);` makes the failed `Result` of any value type.
template <typename E>
tl::unexpected<std::decay_t<E>> Err(E&& error) {
  return tl::unexpected<std::decay_t<E>>(std::forward<E>(error));
}

}  // namespace tcpcopy
