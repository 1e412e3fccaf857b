#include "tests/sim/reassembly.h"

#include <algorithm>

namespace tcpcopy::sim {

bool Reassembly::Agrees(std::uint64_t at, std::string_view text) const {
  if (at >= stream_.size()) return true;
  const std::size_t length = std::min<std::uint64_t>(text.size(), stream_.size() - at);
  return std::string_view(stream_).substr(at, length) == text.substr(0, length);
}

bool Reassembly::Take(std::uint64_t at, std::string_view text) {
  repeated_.reset();
  if (text.empty()) return true;
  if (!Agrees(at, text)) return false;
  const std::uint64_t end = at + text.size();
  if (at < stream_.size()) {
    repeated_ = Range{at, std::min<std::uint64_t>(end, stream_.size())};
  } else if (early_ranges_.Contains(at, end)) {
    repeated_ = Range{at, end};
  }
  if (at > stream_.size()) {
    early_ranges_.Insert(at, end);
    latest_ = at;
    std::string& kept = early_[at];
    if (text.size() > kept.size()) kept = text;
    return true;
  }
  if (end > stream_.size()) stream_.append(text.substr(stream_.size() - at));
  bool agrees = true;
  while (!early_.empty() && early_.begin()->first <= stream_.size()) {
    const auto& [first, kept] = *early_.begin();
    agrees = agrees && Agrees(first, kept);
    const std::size_t known = stream_.size() - first;
    if (known < kept.size()) stream_.append(kept, known);
    early_.erase(early_.begin());
  }
  return agrees;
}

void Reassembly::ForgetEarly() {
  early_.clear();
  early_ranges_.Clear();
}

std::vector<Reassembly::Range> Reassembly::Early() const {
  std::vector<Range> early;
  for (const auto& [first, last] : early_ranges_.ranges()) {
    if (first <= stream_.size()) continue;
    const bool is_latest = first <= latest_ && latest_ < last;
    early.insert(is_latest ? early.begin() : early.end(), Range{first, last});
  }
  return early;
}

}  // namespace tcpcopy::sim
