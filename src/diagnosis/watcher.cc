#include "src/diagnosis/watcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tcpcopy {

std::string Watcher::Answer(std::string_view text) {
  Forget();
  tcpcopy::Answer answer;
  const auto question = Question::Parse(text);
  if (!question) {
    answer.problem = "the question is not understood: " + question.error();
    return answer.ToJson();
  }
  answer.number = question->number;
  if (question->kind == Question::Kind::kWatch) {
    answer.problem = Begin(question->probe);
  } else {
    answer.seen = End(question->probe);
    if (!answer.seen) answer.problem = "that probe is not watched";
  }
  return answer.ToJson();
}

void Watcher::Forget() {
  std::erase_if(watches_,
                [now = clock_.Now()](const Watch& watch) { return now - watch.began > kPatience; });
}

bool Watcher::MayBegin() {
  const Instant now = clock_.Now();
  if (now - period_began_ >= kPeriod) {
    period_began_ = now;
    begun_ = 0;
  }
  return ++begun_ <= kMaxBegun;
}

/// Empty, or why it cannot.
std::string Watcher::Begin(const FlowKey& probe) {
  if (!MayBegin()) return "it is asked too often";
  std::erase_if(watches_, [&](const Watch& watch) { return watch.probe == probe; });
  if (watches_.size() >= kMaxWatched) return "as many probes are watched as may be";
  auto observer = Observer::Start(probe);
  if (!observer) return observer.error().message;
  watches_.push_back({probe, clock_.Now(), *std::move(observer)});
  return "";
}

std::optional<Observation> Watcher::End(const FlowKey& probe) {
  const auto found = std::ranges::find(watches_, probe, &Watch::probe);
  if (found == watches_.end()) return std::nullopt;
  Observation seen = found->observer->Look();
  watches_.erase(found);
  return seen;
}

}  // namespace tcpcopy
