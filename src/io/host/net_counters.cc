#include "src/io/host/net_counters.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "src/io/host/proc_file.h"

namespace tcpcopy {
namespace {

/// Takes the text up to `separator` off the front.
std::string_view Cut(std::string_view& text, char separator) {
  const std::string_view front = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(front.size() + 1, text.size()));
  return front;
}

std::optional<std::int64_t> Number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

NetCounters NetCounters::OfThisHost() {
  return Parse(ReadProcFile("/proc/net/netstat") + ReadProcFile("/proc/net/snmp"),
               ReadProcFile("/proc/net/snmp6"));
}

NetCounters NetCounters::Parse(std::string_view paired_lines, std::string_view single_lines) {
  NetCounters counters;
  counters.AddPaired(paired_lines);
  counters.AddSingle(single_lines);
  return counters;
}

void NetCounters::AddPaired(std::string_view text) {
  while (!text.empty()) {
    std::string_view names = Cut(text, '\n');
    std::string_view numbers = Cut(text, '\n');
    const std::string_view group = Cut(names, ':');
    if (Cut(numbers, ':') != group) return;
    Cut(names, ' ');
    Cut(numbers, ' ');
    while (!names.empty() && !numbers.empty()) {
      const std::string_view name = Cut(names, ' ');
      if (const auto value = Number(Cut(numbers, ' '))) {
        values_[std::string(group).append(name)] = *value;
      }
    }
  }
}

void NetCounters::AddSingle(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = Cut(text, '\n');
    const std::string_view name = line.substr(0, line.find_first_of(" \t"));
    line.remove_prefix(name.size());
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (const auto value = Number(line)) values_[std::string(name)] = *value;
  }
}

NetCounters::Values NetCounters::GrownSince(const NetCounters& earlier) const {
  Values grown;
  for (const auto& [name, value] : values_) {
    const auto before = earlier.values_.find(name);
    const std::int64_t growth = value - (before == earlier.values_.end() ? 0 : before->second);
    if (growth > 0) grown[name] = growth;
  }
  return grown;
}

}  // namespace tcpcopy
