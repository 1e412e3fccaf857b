#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/interval_set.h"

namespace tcpcopy::sim {

/// The client's stream as the target puts it together, bytes and all.
class Reassembly {
 public:
  struct Range {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
  };

  /// Takes `text`, which begins at offset `at`. False when it differs from what came there before.
  bool Take(std::uint64_t at, std::string_view text);
  /// The FIN lies at offset `at`.
  void SetFin(std::uint64_t at) { fin_at_ = at; }
  /// Forgets what lies behind holes.
  void ForgetEarly();

  const std::string& stream() const { return stream_; }
  bool fin_received() const { return fin_at_ == stream_.size(); }
  /// Sequence space in order: the bytes, and the FIN.
  std::uint64_t next() const { return stream_.size() + (fin_received() ? 1 : 0); }
  /// What lies behind holes, that with the latest arrival first (RFC 2018 4).
  std::vector<Range> Early() const;
  /// What of the latest arrival was there already (RFC 2883 4).
  std::optional<Range> repeated() const { return repeated_; }

 private:
  bool Agrees(std::uint64_t at, std::string_view text) const;

  std::string stream_;
  std::map<std::uint64_t, std::string> early_;
  IntervalSet early_ranges_;
  std::uint64_t latest_ = 0;
  std::optional<Range> repeated_;
  std::optional<std::uint64_t> fin_at_;
};

}  // namespace tcpcopy::sim
