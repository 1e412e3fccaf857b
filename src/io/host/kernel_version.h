#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace tcpcopy {

/// The first two numbers of a Linux release such as "6.1.0-13-amd64".
struct KernelVersion {
  int major = 0;
  int minor = 0;

  auto operator<=>(const KernelVersion&) const = default;

  /// "6.1".
  std::string ToString() const;
  static std::optional<KernelVersion> Parse(std::string_view release);
};

/// The name and the kernel release of this host, as uname(2) tells them.
struct HostName {
  std::string host;
  std::string kernel_release;

  static HostName OfThisHost();
};

}  // namespace tcpcopy
