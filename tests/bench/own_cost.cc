#include "tests/bench/own_cost.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>

namespace tcpcopy::bench {
namespace {

rusage Usage() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage;
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

OwnCost::OwnCost()
    : began_(clock_.Now()), user_(Seconds(Usage().ru_utime)), system_(Seconds(Usage().ru_stime)) {}

void OwnCost::Print(std::uint64_t packets) const {
  const rusage now = Usage();
  const std::chrono::duration<double> passed = clock_.Now() - began_;
  fmt::print(R"({{"packets": {}, "seconds": {:.6f}, "user": {:.6f}, "system": {:.6f}}})"
             "\n",
             packets, passed.count(), Seconds(now.ru_utime) - user_,
             Seconds(now.ru_stime) - system_);
}

}  // namespace tcpcopy::bench
