#include "src/app/capture_filters.h"

#include <fmt/format.h>

#include <set>

namespace tcpcopy {
namespace {

std::string AnyOf(const std::set<std::string>& terms) {
  std::string text;
  for (const std::string& term : terms) {
    text += fmt::format("{}({})", text.empty() ? "" : " or ", term);
  }
  return text;
}

}  // namespace

std::string ClientFilter(const TargetMap& targets, const std::string& extra) {
  std::set<std::string> terms;
  for (const Mapping& mapping : targets.mappings()) {
    std::string term = fmt::format("dst port {}", mapping.source_port);
    if (mapping.source) term += fmt::format(" and dst host {}", mapping.source->ToString());
    terms.insert(term);
  }
  const std::string filter = fmt::format("tcp and ({})", AnyOf(terms));
  return extra.empty() ? filter : fmt::format("({}) and ({})", filter, extra);
}

std::string ReplyFilter(const TargetMap& targets) {
  std::set<std::string> terms;
  for (const Mapping& mapping : targets.mappings()) {
    terms.insert(fmt::format("src host {} and src port {}", mapping.target.address.ToString(),
                             mapping.target.port));
  }
  return fmt::format("tcp and ({})", AnyOf(terms));
}

}  // namespace tcpcopy
