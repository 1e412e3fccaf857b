#include "src/app/policy_of.h"

namespace tcpcopy {

ReplayPolicy PolicyOf(const Options& options) {
  ReplayPolicy policy;
  policy.tcp.mtu = options.mtu;
  policy.tcp.max_mss = options.mss;
  policy.tcp.initial_rto = options.first_rto;
  // A client on the same network asks within this; longer is not worth a greeting's delay.
  policy.tcp.handshake_ack_wait = std::chrono::milliseconds(5);
  policy.tcp.time_wait = std::chrono::milliseconds(500);
  policy.answer_timeout = options.answer_timeout;
  policy.idle_timeout = options.idle_timeout;
  policy.drain_timeout = options.drain_timeout;
  if (options.IsFile()) {
    policy.gap_timeout = ReplayPolicy::kUntilEndOfFile;
    policy.handshake_timeout = ReplayPolicy::kUntilEndOfFile;
  }
  policy.wait_for_answers = options.wait_for_answers;
  policy.adopt_midstream = options.adopt_midstream;
  policy.faithful_acks = options.faithful_acks;
  policy.shard = options.load.shard;
  policy.admission.sample_percent = options.sample_percent;
  policy.admission.gradual = options.load.gradual;
  policy.admission.rate = options.load.rate;
  policy.admission.source_waits = options.IsFile();
  policy.admission.has_schedule =
      options.IsFile() && (options.speed > 0 || options.load.rate > 0);  // -a max alone has none
  policy.copies = options.load.copies;
  policy.session_limit = options.load.most_at_once;
  return policy;
}

}  // namespace tcpcopy
