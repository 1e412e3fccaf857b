#include "src/app/options/interface_list.h"

#include <fmt/format.h>

#include <algorithm>

namespace tcpcopy {

Result<std::vector<std::string>, std::string> ParseInterfaces(std::string_view list) {
  std::vector<std::string> names;
  for (std::size_t start = 0; start <= list.size();) {
    const std::size_t end = std::min(list.find(',', start), list.size());
    const std::string name(list.substr(start, end - start));
    if (name.empty()) return Err(fmt::format("'{}' has an empty name", list));
    if (std::ranges::find(names, name) != names.end()) {
      return Err(fmt::format("'{}' is named twice", name));
    }
    names.push_back(name);
    start = end + 1;
  }
  if (names.size() > 1 && std::ranges::find(names, "any") != names.end()) {
    return Err(std::string("'any' includes the others; each packet would be captured twice"));
  }
  return names;
}

}  // namespace tcpcopy
