#pragma once

#include <string>
#include <vector>

namespace tcpcopy {

enum class Severity {
  kFine,     // as it should be
  kWarning,  // a replay works, but not all of it may
  kProblem,  // a replay would not work
};

/// One thing that the doctor found.
struct Finding {
  std::string id;  // its stable name, such as "rp-filter-on-target"
  Severity severity = Severity::kFine;
  std::string cause;  // a sentence or two
  // Of what is not fine:
  std::string where = {};  // the host to run `fix` on: "here", or its address; empty: no command
  std::string fix = {};    // the command that mends it, or what to do
};

using Findings = std::vector<Finding>;

inline Finding Fine(std::string id, std::string what) {
  return {std::move(id), Severity::kFine, std::move(what)};
}

/// Whether a replay would work.
inline bool Healthy(const Findings& findings) {
  for (const Finding& finding : findings) {
    if (finding.severity == Severity::kProblem) return false;
  }
  return true;
}

}  // namespace tcpcopy
