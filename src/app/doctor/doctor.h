#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/app/address_plan.h"
#include "src/app/doctor/client_listener.h"
#include "src/app/doctor/contacts.h"
#include "src/app/doctor/probe.h"
#include "src/app/options/options.h"
#include "src/app/outlet.h"
#include "src/diagnosis/evidence.h"
#include "src/diagnosis/finding.h"
#include "src/diagnosis/observer.h"
#include "src/io/host/host_addresses.h"
#include "src/io/host/promiscuous_mode.h"
#include "src/io/nftables/guard.h"
#include "src/io/pcap/live_capture.h"
#include "src/io/uring/uring_driver.h"
#include "src/io/uring/uring_sink.h"
#include "src/runtime/clock.h"

namespace tcpcopy {

/// `tcpcopy --doctor`: prepares what a replay with these options would need, sends a few probes the
/// same way, asks the intercepts what they saw, and tells what is wrong. Used once.
class Doctor {
 public:
  static constexpr std::size_t kMaxTargets = 8;  // probed; further ones are named and left out

  explicit Doctor(const Options& options);
  Doctor(const Doctor&) = delete;
  Doctor& operator=(const Doctor&) = delete;
  ~Doctor();

  /// Returns the exit code: 0 when a replay would work, 1 when not, 2 when an option is wrong.
  int Run();

 private:
  std::string BadOption();
  void LookAtThisHost();
  void ChooseTargets();
  bool PrepareEngine();
  void PrepareCaptures();
  void PrepareGuard();
  void ReadFiles();
  void Listen();
  ProbeEvidence Examine(const Mapping& mapping);
  ProbeEvidence ExamineOnce(const Mapping& mapping);
  Endpoint ClientFor(const Mapping& mapping, ProbeEvidence& evidence) const;
  std::optional<PromiscuousMode> OpenEars(const ProbeEvidence& evidence) const;
  void SendProbe(const Probe& probe, Observer& observer, ProbeEvidence& evidence);
  bool Answered(Observer& observer) const;
  void TryTarget(const Mapping& mapping, ProbeEvidence& evidence) const;
  /// Lets the loop turn until `done` or for `patience`.
  void Wait(Duration patience, const std::function<bool()>& done);
  int Tell();

  const Options options_;
  MonotonicClock clock_;
  HostAddresses own_;
  HostEvidence host_;
  Findings findings_;
  std::vector<Mapping> probed_;
  std::unique_ptr<UringDriver> driver_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<Outlet> outlet_;
  std::unique_ptr<UringSink> sink_;
  std::unique_ptr<AddressPlan> addresses_;
  std::string plan_problem_;  // why there is none
  std::unique_ptr<Guard> guard_;
  std::vector<std::unique_ptr<LiveCapture>> captures_;  // as a replay would have them
  std::unique_ptr<LiveCapture> everywhere_;
  std::unique_ptr<ClientListener> clients_;
  std::unique_ptr<Contacts> contacts_;
};

}  // namespace tcpcopy
