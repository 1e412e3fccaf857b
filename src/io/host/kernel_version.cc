#include "src/io/host/kernel_version.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <charconv>

namespace tcpcopy {

std::string KernelVersion::ToString() const { return fmt::format("{}.{}", major, minor); }

std::optional<KernelVersion> KernelVersion::Parse(std::string_view release) {
  KernelVersion version;
  const char* const end = release.data() + release.size();
  const auto [dot, bad_major] = std::from_chars(release.data(), end, version.major);
  if (bad_major != std::errc() || dot == end || *dot != '.') return std::nullopt;
  const auto [rest, bad_minor] = std::from_chars(dot + 1, end, version.minor);
  if (bad_minor != std::errc()) return std::nullopt;
  return version;
}

HostName HostName::OfThisHost() {
  utsname names{};
  if (::uname(&names) != 0) return {};
  return {names.nodename, names.release};
}

}  // namespace tcpcopy
