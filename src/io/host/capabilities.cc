#include "src/io/host/capabilities.h"

#include <linux/capability.h>

#include <charconv>

#include "src/io/host/proc_file.h"

namespace tcpcopy {

Capabilities Capabilities::OfThisProcess() {
  return Parse(ReadProcFile("/proc/self/status")).value_or(Capabilities{});
}

std::optional<Capabilities> Capabilities::Parse(std::string_view status) {
  constexpr std::string_view kLine = "\nCapEff:\t";
  const std::size_t at = status.find(kLine);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view digits = status.substr(at + kLine.size());
  std::uint64_t mask = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), mask, 16);
  if (error != std::errc()) return std::nullopt;
  const auto has = [&](int bit) { return ((mask >> bit) & 1) != 0; };
  return Capabilities{has(CAP_NET_RAW), has(CAP_NET_ADMIN)};
}

std::vector<std::string> Capabilities::Missing() const {
  std::vector<std::string> names;
  if (!net_raw) names.emplace_back("CAP_NET_RAW");
  if (!net_admin) names.emplace_back("CAP_NET_ADMIN");
  return names;
}

}  // namespace tcpcopy
