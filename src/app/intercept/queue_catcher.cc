#include "src/app/intercept/queue_catcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "src/app/intercept/reply_filter.h"
#include "src/io/nfqueue/install_queue_rule.h"
#include "src/io/when_free.h"

namespace tcpcopy {
namespace {

constexpr std::uint32_t kHeaderBytes = 256;  // IP and TCP headers at their longest
constexpr std::uint32_t kLargestPacket = 65'535;

}  // namespace

Result<std::unique_ptr<QueueCatcher>, std::string> QueueCatcher::Create(
    EventLoop& loop, const Clock& clock, PacketHandler& handler, QueueSource::Options queue,
    std::vector<AddressRewrite> rewrites, Log log) {
  queue.snapshot_bytes = kHeaderBytes;
  auto source = WhenFree([&] { return QueueSource::Open(clock, queue); });
  if (!source) return Err(std::move(source.error().message));
  auto rule = InstallQueueRule(queue.number);
  if (!rule) return Err(std::move(rule.error().message));
  return std::unique_ptr<QueueCatcher>(new QueueCatcher(loop, handler, std::move(*source),
                                                        std::move(*rule), queue.number,
                                                        std::move(rewrites), std::move(log)));
}

QueueCatcher::QueueCatcher(EventLoop& loop, PacketHandler& handler,
                           std::unique_ptr<QueueSource> source, std::unique_ptr<QueueRule> rule,
                           std::uint16_t number, std::vector<AddressRewrite> rewrites, Log log)
    : source_(std::move(source)),
      rule_(std::move(rule)),
      number_(number),
      rewrites_(std::move(rewrites)),
      log_(std::move(log)),
      snapshot_(kHeaderBytes),
      pump_(loop, *source_, handler, {{}, log_, {}}) {
  pump_.Start();
}

Result<void, std::string> QueueCatcher::Catch(const Wanted& wanted) {
  const std::uint32_t snapshot = kHeaderBytes + std::min(wanted.payload_bytes, kLargestPacket);
  if (snapshot != snapshot_) source_->SetSnapshot(snapshot);
  snapshot_ = snapshot;
  std::vector<Endpoint> targets = WithContainers(wanted.targets, rewrites_);
  if (targets == targets_) return {};
  auto done = rule_->SetTargets(targets);
  if (!done) return Err(std::move(done.error().message));
  targets_ = std::move(targets);
  return {};
}

void QueueCatcher::OnSecond() {
  constexpr int kPeriod = 10;
  if (++seconds_ < kPeriod) return;
  seconds_ = 0;
  if (!targets_.empty() && rule_->Repair()) {
    log_(fmt::format("{} was removed by somebody and is set again", rule_->Description()));
  }
}

std::string QueueCatcher::Description() const {
  return fmt::format("taken out of the traffic by queue {} and {}", number_, rule_->Description());
}

}  // namespace tcpcopy
