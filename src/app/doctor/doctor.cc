#include "src/app/doctor/doctor.h"

#include <fmt/format.h>
#include <net/if.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <set>

#include "src/app/capture_filters.h"
#include "src/app/console.h"
#include "src/app/doctor/doctor_report.h"
#include "src/diagnosis/diagnose_host.h"
#include "src/diagnosis/diagnose_probe.h"
#include "src/diagnosis/host_look.h"
#include "src/io/host/capabilities.h"
#include "src/io/host/offloads.h"
#include "src/io/host/proc_file.h"
#include "src/io/host/secret.h"
#include "src/io/pcap/merged_captures.h"

namespace tcpcopy {
namespace {

using std::chrono::milliseconds;

constexpr Duration kListenFor = std::chrono::seconds(2);
/// A handshake with an intercept may take three seconds.
constexpr Duration kContactPatience = milliseconds(3500);
constexpr Duration kAnswerPatience = std::chrono::seconds(2);
constexpr Duration kConnectPatience = milliseconds(1500);
constexpr Duration kTurn = milliseconds(10);
/// A probe is sent again after this, three times in all, as TCP would but sooner.
constexpr Duration kProbeEvery = milliseconds(500);
constexpr int kProbes = 3;
/// After the answer: time for a client whom it reaches by mistake to reset the connection.
constexpr Duration kAftermath = std::chrono::seconds(1);
constexpr std::size_t kDrainBatch = 256;
constexpr int kMostOfFile = 100'000;  // packets that are looked at for a client

std::string NameOfInterface(std::uint32_t index) {
  std::array<char, IF_NAMESIZE> name{};
  return if_indextoname(index, name.data()) == nullptr ? "" : name.data();
}

std::string PathOfThisProgram() {
  std::array<char, 4096> path{};
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  return length <= 0 ? "tcpcopy" : std::string(path.data(), static_cast<std::size_t>(length));
}

std::string WantedOf(const Mapping& mapping) {
  if (!mapping.source) return fmt::format("port {}", mapping.source_port);
  return Endpoint{*mapping.source, mapping.source_port}.ToString();
}

/// Nobody's: of the ranges for documentation (RFC 5737, RFC 3849).
IpAddress NobodysAddress(IpFamily family) {
  return family == IpFamily::kV4 ? IpAddress::V4(0xc0000201)
                                 : IpAddress::Parse("2001:db8:ffff::1").value_or(IpAddress());
}

/// Something comes back, wherever it gets to then.
bool IsHeard(const ProbeEvidence& evidence) {
  return evidence.Answered() || evidence.here.Came(PacketKind::kTargetReset);
}

bool SawSyn(const Witness& witness) { return witness.seen.Came(PacketKind::kSyn); }

/// Whether a replay goes on to send frames to `target`, where it begins with them: one port that
/// answers is enough.
bool KeepsFrames(const IpAddress& target, const std::vector<ProbeEvidence>& probes) {
  return std::ranges::any_of(probes, [&](const ProbeEvidence& evidence) {
    return evidence.probe.peer.address == target && !evidence.only_by_ip && IsHeard(evidence);
  });
}

}  // namespace

Doctor::Doctor(const Options& options) : options_(options) {}
Doctor::~Doctor() = default;

int Doctor::Run() {
  if (const std::string bad = BadOption(); !bad.empty()) {
    Log(bad);
    return 2;
  }
  LookAtThisHost();
  ChooseTargets();
  const bool able = host_.missing_capabilities.empty() && PrepareEngine();
  if (able) {
    PrepareCaptures();
    PrepareGuard();
    contacts_ =
        std::make_unique<Contacts>(*loop_, options_.channels, options_.doctor, options_.targets);
    Listen();
    host_.intercepts = contacts_->Evidence(kConnectPatience, clock_);
  }
  findings_ = DiagnoseHost(host_);
  // Without what a replay needs, or those who bring replies, a probe tells nothing.
  if (able && host_.refusals.empty() && contacts_->MayBring()) {
    std::vector<ProbeEvidence> probes;
    for (const Mapping& mapping : probed_) probes.push_back(Examine(mapping));
    for (ProbeEvidence& evidence : probes) {
      evidence.keeps_frames = KeepsFrames(evidence.probe.peer.address, probes);
      std::ranges::move(DiagnoseProbe(evidence), std::back_inserter(findings_));
    }
  }
  return Tell();
}

/// What a replay would refuse with exit code 2, too.
std::string Doctor::BadOption() {
  if (auto known = own_.Refresh(); !known) return known.error().message;
  return options_.IsFile() ? "" : FindLoop(options_.targets, own_);
}

void Doctor::LookAtThisHost() {
  host_.program = PathOfThisProgram();
  host_.kernel = KernelVersion::Parse(HostName::OfThisHost().kernel_release);
  host_.missing_capabilities = Capabilities::OfThisProcess().Missing();
  host_.io_uring_disabled = std::atoi(ReadProcFile("/proc/sys/kernel/io_uring_disabled").c_str());
  host_.clients.live = !options_.IsFile();
  host_.clients.interfaces = options_.interfaces;
  host_.clients.snapshot_bytes = options_.snaplen;
  for (const Mapping& mapping : options_.targets.mappings()) {
    host_.clients.wanted.push_back(WantedOf(mapping));
  }
}

bool Doctor::PrepareEngine() {
  auto driver = UringDriver::Create(clock_);
  if (!driver) {
    host_.refusals["engine"] = driver.error().message;
    return false;
  }
  driver_ = std::move(*driver);
  loop_ = std::make_unique<EventLoop>(clock_, *driver_);
  auto outlet = Outlet::Open(options_);
  if (!outlet) {
    host_.refusals["send"] = outlet.error().message;
    return false;
  }
  outlet_ = std::move(*outlet);
  UringSink::Options sink_options;
  sink_options.mtu = outlet_->mtu();
  auto sink = UringSink::Create(*driver_, *loop_, outlet_->path(), sink_options);
  if (!sink) {
    host_.refusals["engine"] = sink.error().message;
    return false;
  }
  sink_ = std::move(*sink);
  return true;
}

void Doctor::PrepareCaptures() {
  ClientListener::IsOwn is_own;
  if (!options_.IsFile()) {
    is_own = [this](const IpAddress& address) { return own_.Contains(address); };
  }
  const bool all = options_.interfaces.empty() || options_.interfaces.front() == "any";
  clients_ = std::make_unique<ClientListener>(
      options_.targets, all ? std::vector<std::string>{} : options_.interfaces, is_own,
      NameOfInterface);
  if (options_.IsFile()) return;
  LiveOptions live;
  live.bpf_filter = ClientFilter(options_.targets, options_.filter);
  for (const std::string& name : options_.interfaces) {
    live.interface = name;
    live.promiscuous = name != "any";
    auto capture = LiveCapture::Open(live);
    if (!capture) {
      host_.refusals["capture"] = "-i: " + capture.error().message;
      return;
    }
    captures_.push_back(std::move(*capture));
  }
  live.interface = "any";
  live.promiscuous = false;
  auto everywhere = LiveCapture::Open(live);
  if (!everywhere) {
    host_.refusals["capture"] = everywhere.error().message;
    return;
  }
  everywhere_ = std::move(*everywhere);
}

/// Without a route there is no plan; what that means is told by the probe.
void Doctor::PrepareGuard() {
  const auto host = AddressPlan::LookAtHost(options_, own_);
  if (!host) {
    plan_problem_ = host.error();
    return;
  }
  addresses_ = std::make_unique<AddressPlan>(options_, *host);
  if (addresses_->guard_rules().empty()) return;
  auto guard = Guard::Install(addresses_->guard_rules());
  if (guard) {
    guard_ = std::move(*guard);
  } else {
    host_.refusals["guard"] = guard.error().message;
  }
}

void Doctor::ReadFiles() {
  auto files = MergedCaptures::Open(options_.files, options_.filter);
  if (!files) {
    host_.refusals["capture"] = "-i: " + files.error().message;
    return;
  }
  const Instant end = clock_.Now() + kListenFor;
  for (int i = 0; i < kMostOfFile; ++i) {
    const auto packet = (*files)->Next();
    if (!packet) continue;  // of a damaged one, what came before it was seen
    if (!*packet && !(*files)->waiting()) return;
    if (!*packet) {  // a pipe: what comes late is not waited for
      pollfd readable{.fd = (*files)->PollFd(), .events = POLLIN, .revents = 0};
      const auto left = duration_cast<milliseconds>(end - clock_.Now());
      if (poll(&readable, 1, std::max<int>(0, static_cast<int>(left.count()))) <= 0) return;
      continue;
    }
    clients_->OnPacket(**packet);
  }
}

/// To clients, and to what intercepts say.
void Doctor::Listen() {
  if (options_.IsFile()) ReadFiles();
  const Instant began = clock_.Now();
  const auto heard = [&] {
    return !everywhere_ || clients_->seen() > 0 || clock_.Now() - began > kListenFor;
  };
  Wait(kContactPatience, [&] {
    if (everywhere_) static_cast<void>(everywhere_->Drain(*clients_, kDrainBatch));
    return heard() && contacts_->Settled();
  });
  host_.clients.seen = clients_->seen();
  host_.clients.others = clients_->others();
  host_.clients.listened = clock_.Now() - began;
  for (const std::string& name : clients_->seen_on()) {
    if (MergesSegments(name)) host_.clients.merging.push_back(name);
  }
}

/// One mapping for each target; too many are left out and told of.
void Doctor::ChooseTargets() {
  std::set<Endpoint> known;
  for (const Mapping& mapping : options_.targets.mappings()) {
    if (!known.insert(mapping.target).second) continue;
    if (probed_.size() < kMaxTargets) {
      probed_.push_back(mapping);
    } else {
      host_.left_out.push_back(mapping.target);
    }
  }
}

Endpoint Doctor::ClientFor(const Mapping& mapping, ProbeEvidence& evidence) const {
  const IpFamily family = mapping.target.address.family();
  constexpr std::uint16_t kFirstPort = 40'000;
  const auto port = static_cast<std::uint16_t>(kFirstPort + RandomSecret() % 20'000);
  const auto& chosen = options_.doctor.probe_client;
  if (chosen && chosen->family() == family) return {*chosen, port};
  if (const auto seen = clients_->ClientOf(family)) return {seen->address, port};
  evidence.made_up = true;
  return {NobodysAddress(family), port};
}

/// As a replay would: at first by what --send=auto prefers, and where nothing answers that by raw
/// IP packets.
ProbeEvidence Doctor::Examine(const Mapping& mapping) {
  (void)outlet_->OnSecond({});  // next hops that have become known meanwhile
  ProbeEvidence evidence = ExamineOnce(mapping);
  const IpAddress& target = mapping.target.address;
  if (!IsHeard(evidence) && evidence.not_sent.empty() && outlet_->GiveUpFramesTo(target)) {
    ProbeEvidence by_ip = ExamineOnce(mapping);
    outlet_->ReturnToFramesTo(target);
    const bool further = IsHeard(by_ip) || (std::ranges::any_of(by_ip.witnesses, SawSyn) &&
                                            std::ranges::none_of(evidence.witnesses, SawSyn));
    by_ip.only_by_ip = by_ip.Answered();
    if (further) evidence = std::move(by_ip);
  }
  const bool sent = evidence.not_sent.empty() && evidence.here.to_target.exists();
  if (sent && !evidence.Answered()) TryTarget(mapping, evidence);
  return evidence;
}

ProbeEvidence Doctor::ExamineOnce(const Mapping& mapping) {
  ProbeEvidence evidence;
  evidence.source_port = mapping.source_port;
  evidence.by_intercepts = options_.channels.InUse();
  evidence.frames_asked = options_.link_layer.InUse();
  evidence.probe.peer = mapping.target;
  evidence.probe.local = ClientFor(mapping, evidence);
  if (addresses_) {
    const auto claimed = addresses_->allocator().Claim(
        {evidence.probe.local, mapping.target}, [](const FlowKey&) { return TupleState::kFree; });
    if (!claimed) {
      evidence.not_sent = "-c has no address of its family";
      return evidence;
    }
    evidence.probe.local = *claimed;
    addresses_->allocator().Release(*claimed, mapping.target);  // nobody else asks for one
  }
  evidence.foreign = !own_.Contains(evidence.probe.local.address);
  evidence.here.probe = evidence.probe;
  LookAtHost(evidence.here);
  if (!evidence.here.to_target.exists()) return evidence;
  if (!addresses_) {
    evidence.not_sent = plan_problem_;
    return evidence;
  }

  auto observer = Observer::Start(evidence.probe);
  if (!observer) {
    evidence.not_sent = observer.error().message;
    return evidence;
  }
  const auto ears = OpenEars(evidence);
  contacts_->Watch(evidence.probe);
  Wait(kAnswerPatience, [this] { return contacts_->Answered(); });

  const Probe probe{evidence.probe, static_cast<std::uint32_t>(RandomSecret()), options_.mss};
  SendProbe(probe, **observer, evidence);
  evidence.here = (*observer)->Look();
  contacts_->AskForReports();
  Wait(kAnswerPatience, [this] { return contacts_->Answered(); });
  contacts_->Conclude(evidence);
  probe.SendReset(*sink_);
  Wait(kTurn, [] { return false; });
  return evidence;
}

/// A replay from foreign addresses looks at answers that are not even addressed to this host.
std::optional<PromiscuousMode> Doctor::OpenEars(const ProbeEvidence& evidence) const {
  if (!addresses_->captures_for_others()) return std::nullopt;
  const std::uint32_t index = if_nametoindex(evidence.here.to_target.interface.c_str());
  auto mode = PromiscuousMode::Of(index);
  if (!mode) return std::nullopt;
  return *std::move(mode);
}

void Doctor::SendProbe(const Probe& probe, Observer& observer, ProbeEvidence& evidence) {
  const auto errors_before = sink_->errors();
  for (int i = 0; i < kProbes && !Answered(observer); ++i) {
    probe.SendSyn(*sink_);
    Wait(kProbeEvery, [&] { return Answered(observer); });
  }
  if (evidence.foreign) Wait(kAftermath, [] { return false; });
  for (const auto& [error, count] : sink_->errors()) {
    const auto before = errors_before.find(error);
    if (before == errors_before.end() || before->second < count) evidence.send_error = error;
  }
}

bool Doctor::Answered(Observer& observer) const {
  return observer.Came(PacketKind::kSynAck) || observer.Came(PacketKind::kTargetReset) ||
         contacts_->Brought();
}

void Doctor::TryTarget(const Mapping& mapping, ProbeEvidence& evidence) const {
  const Endpoint same_port{mapping.target.address, mapping.source_port};
  const auto results = TryConnect({mapping.target, same_port}, kConnectPatience, clock_);
  evidence.connect = results[0];
  // On this host that is production, which nobody wants to copy to itself.
  if (!own_.Contains(mapping.target.address)) evidence.same_port = results[1];
}

void Doctor::Wait(Duration patience, const std::function<bool()>& done) {
  const Instant deadline = clock_.Now() + patience;
  while (clock_.Now() < deadline && !done()) loop_->RunOnce(clock_.Now() + kTurn);
}

int Doctor::Tell() {
  Write(stdout, DoctorText(findings_));
  if (!options_.summary_json.empty()) {
    std::ofstream out(options_.summary_json);
    out << DoctorJson(findings_);
    out.close();
    if (!out) Log(fmt::format("--summary-json: cannot write '{}'", options_.summary_json));
  }
  return Healthy(findings_) ? 0 : 1;
}

}  // namespace tcpcopy
