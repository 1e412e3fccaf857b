#pragma once

#include <cstddef>

#include "netstack/base/time.h"
#include "netstack/tcp/tcp_settings.h"
#include "src/replay/admission.h"
#include "src/replay/port_class.h"
#include "src/replay/shard.h"

namespace tcpcopy {

/// How sessions are replayed; the same for all of a process. Times are of the target's side.
struct ReplayPolicy {
  /// For waits that only the end of a file may end: reading it can pause, so that what is missing
  /// may still come, however late.
  static constexpr Duration kUntilEndOfFile = std::chrono::hours(24 * 365);

  TcpSettings tcp;
  Duration answer_timeout =
      std::chrono::seconds(600);  // -t: the target's silence that ends a session
  Duration idle_timeout =
      std::chrono::seconds(7200);  // -k: the captured client's silence that does
  Duration handshake_timeout = std::chrono::seconds(60);  // for the client's first ACK
  Duration linger = std::chrono::seconds(60);        // for the target's FIN after ours; as Linux
  Duration gap_timeout = std::chrono::seconds(10);   // for missing client bytes that may come late
  Duration drain_timeout = std::chrono::seconds(5);  // for sessions in flight when we stop
  bool wait_for_answers = true;                      // off with -W
  bool adopt_midstream = false;                      // --midstream=adopt
  bool faithful_acks = false;                        // --faithful-acks
  Shard shard;                                       // --shard: no other sessions are ours
  PortClass ports;                // --workers: no other sessions are this worker's
  bool shares_input = true;       // each worker is given all packets; otherwise those of its ports
  Admission::Settings admission;  // -r, -g, --rate
  std::uint16_t copies = 1;       // -n: of each captured session, at least 1
  std::size_t max_sessions = 100'000;     // that memory (-m) allows: the slab's bound
  std::size_t session_limit = 0;          // --max-sessions; 0: none of its own
  std::size_t remembered_flows = 65'536;  // of each kind that is no session, or no longer
  std::size_t max_engaged = 1024;         // busy with the target, before a file is read on

  /// Whether it is for us to count a packet that cannot be told to be of any session.
  bool CountsFlowless() const {
    return shard.CountsFlowless() && (!shares_input || ports.IsFirst());
  }
};

}  // namespace tcpcopy
