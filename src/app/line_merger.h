#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace tcpcopy {

/// Which of the lines that workers have for the user are news: each of them meets the same
/// intercepts and interfaces, so of equal lines as many are told as the worker had that had the
/// most of them.
class LineMerger {
 public:
  /// Different lines that are remembered; then it begins anew.
  static constexpr std::size_t kMostLines = 256;

  explicit LineMerger(std::size_t workers) : workers_(workers) {}

  /// Whether `line`, which `worker` (0..workers - 1) has now, is to be told.
  bool IsNews(std::size_t worker, const std::string& line);

 private:
  struct Times {
    std::size_t told = 0;
    std::vector<std::size_t> of_worker;
  };

  const std::size_t workers_;
  std::map<std::string, Times> lines_;
};

}  // namespace tcpcopy
