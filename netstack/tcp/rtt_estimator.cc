#include "netstack/tcp/rtt_estimator.h"

#include <algorithm>

namespace tcpcopy {
namespace {

constexpr Duration kClockGranularity = std::chrono::milliseconds(1);  // G of RFC 6298
constexpr Duration kRtoAfterLostSyn = std::chrono::seconds(3);

}  // namespace

RttEstimator::Stored RttEstimator::ToStored(Duration duration) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  return Stored(static_cast<std::uint32_t>(std::clamp<std::int64_t>(micros, 0, UINT32_MAX)));
}

void RttEstimator::Sample(Duration rtt, std::uint32_t samples_per_rtt,
                          const TcpSettings& settings) {
  Duration smoothed = rtt;
  Duration variation = rtt / 2;
  if (has_sample_) {
    const Duration::rep samples = std::max<std::uint32_t>(1, samples_per_rtt);
    const Duration difference = srtt() > rtt ? srtt() - rtt : rtt - srtt();
    variation = rttvar() + (difference - rttvar()) / (4 * samples);  // beta = 1/4
    smoothed = srtt() + (rtt - srtt()) / (8 * samples);              // alpha = 1/8
  }
  has_sample_ = true;
  srtt_ = ToStored(smoothed);
  rttvar_ = ToStored(variation);
  rto_ = ToStored(std::clamp(smoothed + std::max(kClockGranularity, 4 * variation),
                             settings.min_rto, settings.max_rto));
}

void RttEstimator::OnUnmeasuredHandshake() { rto_ = std::max(rto_, ToStored(kRtoAfterLostSyn)); }

}  // namespace tcpcopy
