#include "src/app/line_merger.h"

namespace tcpcopy {

bool LineMerger::IsNews(std::size_t worker, const std::string& line) {
  if (lines_.size() == kMostLines && !lines_.contains(line)) lines_.clear();
  Times& times = lines_[line];
  times.of_worker.resize(workers_);
  if (++times.of_worker[worker] <= times.told) return false;
  ++times.told;
  return true;
}

}  // namespace tcpcopy
