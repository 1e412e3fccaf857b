#include "src/diagnosis/observer.h"

#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/if.h>

#include <algorithm>
#include <utility>

#include "netstack/wire/icmp_error.h"
#include "netstack/wire/packet_view.h"
#include "src/diagnosis/host_look.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kMostSightings = 32;
constexpr std::size_t kMostRuleText = 256;  // bytes
constexpr int kCaptureBuffer = 1 << 20;
constexpr std::size_t kBatch = 256;
constexpr int kBatches = 64;  // more at once is a flood that we do not want to read to its end

/// Counters that tell of packets that were lost, in either family.
constexpr std::string_view kTelling[] = {
    "TcpExtIPReversePathFilter",
    "TcpExtListenDrops",
    "TcpExtListenOverflows",
    "TcpExtTCPReqQFullDrop",
    "IpInNoRoutes",
    "IpOutNoRoutes",
    "IpInAddrErrors",
    "IpForwDatagrams",
    "Ip6InNoRoutes",
    "Ip6OutNoRoutes",
    "Ip6InAddrErrors",
    "Ip6OutForwDatagrams",
};

/// Everything of the probe's flow, both ways, and ICMP's complaints about anybody's packets: whose
/// they are stands where a filter hardly gets.
std::string FilterOf(const FlowKey& probe) {
  const char* const complaints =
      probe.peer.address.IsV4() ? "icmp[0] == 3" : "icmp6 and ip6[40] == 1";
  return fmt::format("(tcp and host {} and host {} and port {} and port {}) or ({})",
                     probe.local.address.ToString(), probe.peer.address.ToString(),
                     probe.local.port, probe.peer.port, complaints);
}

/// The packet type of a frame of all interfaces (PACKET_HOST, PACKET_OUTGOING, ...).
int PacketTypeOf(const CapturedPacket& packet) {
  constexpr std::size_t kSll2TypeAt = 10;
  if (packet.link == LinkType::kLinuxSll2 && packet.bytes.size() > kSll2TypeAt) {
    return packet.bytes[kSll2TypeAt];
  }
  if (packet.link == LinkType::kLinuxSll && packet.bytes.size() > 1) return packet.bytes[1];
  return PACKET_HOST;
}

std::string InterfaceName(std::uint32_t index) {
  char name[IF_NAMESIZE] = {};
  return if_indextoname(index, name) == nullptr ? "" : name;
}

std::optional<PacketKind> KindOf(const FlowKey& flow, TcpFlags flags, const FlowKey& probe) {
  if (flow == probe) {
    if (flags.rst()) return PacketKind::kClientReset;
    if (flags.syn()) return PacketKind::kSyn;
  } else if (flow == probe.Reversed()) {
    if (flags.rst()) return PacketKind::kTargetReset;
    if (flags.syn() && flags.ack()) return PacketKind::kSynAck;
  }
  return std::nullopt;
}

}  // namespace

void Observer::Eyes::OnPacket(const CapturedPacket& packet) {
  const int type = PacketTypeOf(packet);
  Sighting sighting;
  sighting.outgoing = type == PACKET_OUTGOING;
  sighting.interface = InterfaceName(packet.interface);
  if (const auto view = ParsePacket(packet.link, packet.bytes, packet.wire_length)) {
    const auto kind = KindOf(view->flow, view->segment.flags, probe_);
    if (!kind) return;
    sighting.kind = *kind;
    return Take(std::move(sighting));
  }
  const auto error = IcmpError::Parse({packet.link, packet.bytes, packet.wire_length});
  if (!error || !error->IsUnreachable()) return;
  if (error->flow == probe_) {
    sighting.kind = PacketKind::kUnreachable;
  } else if (error->flow == probe_.Reversed()) {
    sighting.kind = PacketKind::kNoWayToClient;
  } else {
    return;
  }
  sighting.from = error->from;
  sighting.icmp_type = error->type;
  sighting.icmp_code = error->code;
  Take(std::move(sighting));
}

void Observer::Eyes::Take(Sighting sighting) {
  const auto same = std::ranges::find_if(sightings_, [&](Sighting known) {
    known.count = sighting.count;
    return known == sighting;
  });
  if (same != sightings_.end()) {
    ++same->count;
  } else if (sightings_.size() < kMostSightings) {
    sightings_.push_back(std::move(sighting));
  }
}

Result<std::unique_ptr<Observer>, IoError> Observer::Start(const FlowKey& probe) {
  LiveOptions options = LiveOptions::ForReplies("any", FilterOf(probe));
  options.incoming_only = false;
  options.buffer_bytes = kCaptureBuffer;
  auto capture = LiveCapture::Open(options);
  if (!capture) return Err(IoError{capture.error().message});
  std::unique_ptr<Observer> observer(new Observer(probe, *std::move(capture)));
  auto trace = PacketTrace::Start(probe);
  if (trace) {
    observer->trace_ = *std::move(trace);
  } else {
    observer->trace_problem_ = std::move(trace.error().message);
  }
  return observer;
}

Observer::Observer(const FlowKey& probe, std::unique_ptr<LiveCapture> capture)
    : probe_(probe),
      before_(NetCounters::OfThisHost()),
      old_rules_(OldDropRules(probe.peer.address.family())),
      capture_(std::move(capture)),
      eyes_(probe) {}

void Observer::Drain() {
  for (int i = 0; i < kBatches; ++i) {
    const auto status = capture_->Drain(eyes_, kBatch);
    if (!status || *status != PacketSource::Status::kMore) break;
  }
}

bool Observer::Came(PacketKind kind) {
  Drain();
  return std::ranges::any_of(eyes_.sightings(), [&](const Sighting& sighting) {
    return sighting.kind == kind && !sighting.outgoing;
  });
}

Observation Observer::Look() {
  Drain();
  Observation seen;
  seen.probe = probe_;
  LookAtHost(seen);
  seen.sightings = eyes_.sightings();
  AddTrace(seen);
  AddOldIptables(seen);
  const NetCounters::Values grown = NetCounters::OfThisHost().GrownSince(before_);
  for (const std::string_view name : kTelling) {
    const auto found = grown.find(std::string(name));
    if (found != grown.end()) seen.counters.insert(*found);
  }
  return seen;
}

/// The old iptables tell nobody what they do with a packet, but they count. What has counted
/// meanwhile may have dropped the probe, or another's packet: only good to explain a loss.
void Observer::AddOldIptables(Observation& seen) const {
  const IpFamily family = probe_.peer.address.family();
  for (const OldDropRule& rule : OldDropRules(family)) {
    const bool grown = std::ranges::none_of(old_rules_, [&](const OldDropRule& before) {
      return before.table == rule.table && before.rule == rule.rule && before.chain == rule.chain &&
             before.packets >= rule.packets;
    });
    if (!grown || rule.packets == 0 || seen.verdicts.size() >= kMostSightings) continue;
    const bool at_target = seen.Has(probe_.peer.address);
    const bool answered =
        at_target ? seen.Reached(PacketKind::kSynAck, "output") : seen.Left(PacketKind::kSyn);
    std::string hook = rule.chain;
    std::ranges::transform(hook, hook.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c; });
    seen.verdicts.push_back({answered ? PacketKind::kSynAck : PacketKind::kSyn, std::move(hook),
                             OldIptablesProgram(family), rule.table, rule.chain,
                             rule.rule.substr(0, kMostRuleText), false});
  }
}

void Observer::AddTrace(Observation& seen) {
  seen.traced = trace_ != nullptr;
  seen.trace_problem = trace_problem_;
  if (!trace_) return;
  for (const TraceEvent& event : trace_->Read()) {
    const auto kind = KindOf(event.flow, event.flags, probe_);
    if (!kind) continue;
    std::vector<std::string>& hooks = seen.reached[*kind];
    if (!event.hook.empty()) {
      if (std::ranges::find(hooks, event.hook) == hooks.end()) hooks.push_back(event.hook);
      continue;
    }
    if (seen.verdicts.size() >= kMostSightings) continue;
    std::string rule = trace_->RuleText(event);
    rule.resize(std::min(rule.size(), kMostRuleText));
    FirewallVerdict verdict{*kind,
                            hooks.empty() ? "" : hooks.back(),
                            event.family,
                            event.table,
                            event.chain,
                            std::move(rule),
                            event.verdict == TraceEvent::Verdict::kQueued};
    if (std::ranges::find(seen.verdicts, verdict) == seen.verdicts.end()) {
      seen.verdicts.push_back(std::move(verdict));
    }
  }
}

}  // namespace tcpcopy
