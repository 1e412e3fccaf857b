#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "netstack/base/bytes.h"
#include "netstack/base/result.h"
#include "src/io/io_error.h"

namespace tcpcopy {

/// What tcpcopy and intercept both know and nobody else does; may be none. Its memory is wiped when
/// it goes away.
class Secret {
 public:
  static constexpr std::size_t kMaxBytes = 4096;

  /// None.
  Secret() = default;
  explicit Secret(std::string_view text);
  Secret(const Secret& other) = default;
  Secret(Secret&& other) noexcept = default;
  Secret& operator=(Secret other) noexcept;
  ~Secret();

  /// The content of a file without its last line end. Refused are files that the group or others
  /// may read, empty ones, and such of more than `kMaxBytes`.
  static Result<Secret, IoError> Load(const std::string& path);

  bool empty() const { return bytes_.empty(); }
  ConstBytes bytes() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

}  // namespace tcpcopy
