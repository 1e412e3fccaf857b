#pragma once

#include <memory>
#include <vector>

#include "src/app/doctor/contact.h"
#include "src/app/doctor/doctor_options.h"
#include "src/runtime/clock.h"

namespace tcpcopy {

/// All intercepts that the doctor talks to: those of -s, and those of --ask.
class Contacts {
 public:
  /// Connects to them. `loop` is not owned and must outlive it.
  Contacts(EventLoop& loop, const ChannelOptions& options, const DoctorOptions& doctor,
           const TargetMap& targets);

  /// Each takes us, or something has said why not.
  bool Settled() const;
  /// Those that are to bring replies are up.
  bool MayBring() const;
  /// What is known of each. Those that are not up are tried by ordinary connections, which block
  /// for `patience` at most.
  std::vector<InterceptEvidence> Evidence(Duration patience, const Clock& clock) const;

  /// Asks all to watch `probe`, and for the answers to it.
  void Watch(const FlowKey& probe);
  /// Asks all what they have seen of it.
  void AskForReports();
  /// All have answered what they were asked last.
  bool Answered() const;
  /// One of them has brought the target's SYN-ACK.
  bool Brought() const;
  /// Adds what they have seen and brought. Nobody needs to bring anything to the probe any more.
  void Conclude(ProbeEvidence& evidence);

 private:
  std::vector<std::unique_ptr<Contact>> contacts_;
};

}  // namespace tcpcopy
