#include "src/app/figures.h"

#include <algorithm>

#include "netstack/base/check.h"

namespace tcpcopy {
namespace {

void Add(ReplyIntake::Stats& sum, const ReplyIntake::Stats& more) {
  sum.captured_here += more.captured_here;
  sum.carried = sum.carried || more.carried;
  // Each worker is told the same by the same intercepts, a heartbeat earlier or later.
  sum.captured_there.received = std::max(sum.captured_there.received, more.captured_there.received);
  sum.captured_there.dropped_by_kernel =
      std::max(sum.captured_there.dropped_by_kernel, more.captured_there.dropped_by_kernel);
  sum.captured_there.dropped_by_interface =
      std::max(sum.captured_there.dropped_by_interface, more.captured_there.dropped_by_interface);
  sum.dropped_on_the_way += more.dropped_on_the_way;
  sum.announcements_dropped += more.announcements_dropped;
}

}  // namespace

Figures Figures::SumOf(const std::vector<Figures>& parts) {
  TCPCOPY_CHECK(!parts.empty());
  Figures sum = parts.front();
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const Figures& part = parts[i];
    sum.ledger += part.ledger;
    sum.clients += part.clients;
    Add(sum.replies, part.replies);
    sum.sent += part.sent;
    sum.position.done += part.position.done;
    sum.position.size = std::max(sum.position.size, part.position.size);
    sum.position.round = std::max(sum.position.round, part.position.round);
  }
  sum.position.done /= parts.size();
  return sum;
}

}  // namespace tcpcopy
