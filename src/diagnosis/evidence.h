#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "netstack/base/time.h"
#include "netstack/wire/endpoint.h"
#include "src/diagnosis/observation.h"
#include "src/io/host/kernel_version.h"
#include "src/io/host/try_connect.h"

namespace tcpcopy {

// What the doctor has gathered, before anybody thinks about it.

/// What came of the connections to an intercept.
struct InterceptEvidence {
  enum class State {
    kUp,
    kDown,           // no connection; see `connect`
    kWrongSecret,    // one of us knows another secret, or none
    kNotAllowed,     // it takes no connections from here
    kOtherProtocol,  // it speaks the other one of the two protocols
    kTrouble,        // anything else; see `trouble`
  };

  Endpoint address;
  std::optional<IpAddress> from;  // our address towards it
  bool only_asked = false;        // --ask: brings no replies
  State state = State::kDown;
  std::string trouble;                               // what it, or our end of the connection, says
  ConnectResult connect = ConnectResult::kNotTried;  // to its port
  ConnectResult usual_port = ConnectResult::kNotTried;  // to the port that intercepts usually have
};

/// What arrived of production's clients while the doctor listened.
struct ClientEvidence {
  bool live = true;                     // otherwise a file is replayed, and the rest says nothing
  std::vector<std::string> interfaces;  // -i; empty: all
  std::vector<std::string> wanted;      // what is copied, "port 80" or "10.0.0.1:80"
  std::uint64_t seen = 0;               // packets, where they are captured
  int snapshot_bytes = 262'144;         // -S
  std::vector<std::string> merging;     // interfaces that hand up several segments as one packet
  std::map<std::string, std::uint64_t> others;  // packets, by interfaces where they are not
  Duration listened{0};
};

/// What this host tells about itself.
struct HostEvidence {
  std::string program;  // its path
  std::optional<KernelVersion> kernel;
  std::vector<std::string> missing_capabilities;
  /// What was tried and refused: "capture", "engine" (io_uring, sockets), "guard"; one line each.
  std::map<std::string, std::string> refusals;
  int io_uring_disabled = 0;  // the sysctl
  ClientEvidence clients;
  std::vector<InterceptEvidence> intercepts;
  std::vector<Endpoint> left_out;  // targets beyond those that are probed
};

/// An intercept that watched a probe on its host.
struct Witness {
  Endpoint intercept;
  Observation seen;
  bool only_asked = false;  // --ask: brings no replies
};

/// An intercept that could not watch it.
struct BlindWitness {
  Endpoint intercept;
  std::string why;
};

/// All about one probe.
struct ProbeEvidence {
  FlowKey probe;               // local: the end that a session would be replayed from
  bool foreign = false;        // that is not an address of this host
  bool made_up = false;        // no client was seen; it is nobody's
  bool by_intercepts = false;  // replies come by way of intercepts
  std::string not_sent;        // why it could not even be tried; the rest says nothing then
  int send_error = 0;          // errno with which the kernel refused to send it
  bool frames_asked = false;   // --send=link or -o
  bool only_by_ip = false;     // frames had no answer, and raw IP packets had one,
  bool keeps_frames = false;   // but another port of that address answers frames
  Observation here;
  std::vector<Witness> witnesses;
  std::vector<BlindWitness> blind;
  std::optional<Endpoint> carrier;                     // the intercept that brought the answer
  ConnectResult connect = ConnectResult::kNotTried;    // from here to the target
  std::uint16_t source_port = 0;                       // of production
  ConnectResult same_port = ConnectResult::kNotTried;  // to that port of the target

  /// Whether the target's answer came to us, this way or that.
  bool Answered() const { return here.Came(PacketKind::kSynAck) || carrier.has_value(); }
  /// Whether it was seen anywhere behind the target, here or by a witness.
  bool AnswerWasSeen() const {
    const auto saw_it = [](const Witness& each) { return each.seen.Came(PacketKind::kSynAck); };
    return Answered() || std::ranges::any_of(witnesses, saw_it);
  }
};

}  // namespace tcpcopy
