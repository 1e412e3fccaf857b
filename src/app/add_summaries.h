#pragma once

#include <string>
#include <vector>

#include "netstack/base/result.h"

namespace tcpcopy {

/// What the ledgers of several runs add up to.
struct SummarySum {
  /// As --summary-json writes it, so that sums can be added, too.
  std::string json;
  /// A line that names the shards that are not among them; empty when none is missing.
  std::string missing;
};

/// Adds up files that --summary-json has written, of one version of the program and one transport.
/// Counts are added; of `elapsed_s` the longest remains, as the runs go on side by side; `lateness`
/// is that of all sessions together. Shards must be of one division, and none may be there twice;
/// when all of them are there, the sum is that of one run without shards. The error is one line,
/// with the file that is to blame.
Result<SummarySum, std::string> AddSummaries(const std::vector<std::string>& paths);

}  // namespace tcpcopy
