#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/diagnosis/observer.h"
#include "src/diagnosis/question.h"
#include "src/runtime/clock.h"

namespace tcpcopy {

/// Answers the questions of doctors for the host that it runs on. What they learn of it are facts
/// about probes: routes, a few settings, and the rule that drops one.
class Watcher {
 public:
  static constexpr std::size_t kMaxWatched = 8;  // probes at once; further ones are refused
  /// To begin takes some milliseconds, in which nothing else is done: not more often than so in
  /// `kPeriod`.
  static constexpr int kMaxBegun = 16;
  static constexpr Duration kPeriod = std::chrono::seconds(1);
  /// Of one that nobody asks for any more.
  static constexpr Duration kPatience = std::chrono::seconds(30);

  /// `clock` is not owned.
  explicit Watcher(const Clock& clock) : clock_(clock) {}

  /// Takes whatever text there is, and always has an answer.
  std::string Answer(std::string_view question);
  /// Ends watching for those who have not come back. To be called once in a while.
  void Forget();

  std::size_t watched() const { return watches_.size(); }

 private:
  struct Watch {
    FlowKey probe;
    Instant began{};
    std::unique_ptr<Observer> observer;
  };

  bool MayBegin();
  std::string Begin(const FlowKey& probe);
  std::optional<Observation> End(const FlowKey& probe);

  const Clock& clock_;
  std::vector<Watch> watches_;
  Instant period_began_{};
  int begun_ = 0;  // in this period
};

}  // namespace tcpcopy
