#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace tcpcopy {

/// The kernel's counters of this network namespace, named as `nstat` does: "IpOutNoRoutes",
/// "TcpExtIPReversePathFilter", "Ip6InNoRoutes".
class NetCounters {
 public:
  using Values = std::map<std::string, std::int64_t>;

  /// As they are now; empty when /proc does not tell.
  static NetCounters OfThisHost();
  /// From the texts of /proc/net/netstat and snmp (a line of names, then one of values), and snmp6
  /// (a name and a value each line). Skips lines that are not as expected.
  static NetCounters Parse(std::string_view paired_lines, std::string_view single_lines);

  const Values& values() const { return values_; }
  /// By how much each counter is larger than in `earlier`; those that are not are left out.
  Values GrownSince(const NetCounters& earlier) const;

 private:
  void AddPaired(std::string_view text);
  void AddSingle(std::string_view text);

  Values values_;
};

}  // namespace tcpcopy
