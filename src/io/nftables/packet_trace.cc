#include "src/io/nftables/packet_trace.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>

namespace tcpcopy {
namespace {

constexpr const char* kWhat = "cannot trace packets in nftables";
constexpr int kMaxNames = 8;  // other processes may have our number in other pid namespaces
constexpr std::size_t kMaxPackets = 256;
constexpr int kReceiveBuffer = 1 << 20;

/// A chain's name is its hook's. Before all others, connection tracking included.
constexpr std::string_view kHooks[] = {"prerouting", "input", "forward", "output", "postrouting"};
constexpr int kPriority = -1000;

using Attributes = std::array<const nlattr*, NFTA_TRACE_MAX + 1>;

int KeepAttribute(const nlattr* attribute, void* into) {
  const std::uint16_t type = mnl_attr_get_type(attribute);
  if (type <= NFTA_TRACE_MAX) (*static_cast<Attributes*>(into))[type] = attribute;
  return MNL_CB_OK;
}

ConstBytes PayloadOf(const nlattr* attribute) {
  if (attribute == nullptr) return {};
  return {static_cast<const std::uint8_t*>(mnl_attr_get_payload(attribute)),
          mnl_attr_get_payload_len(attribute)};
}

std::string TextOf(const nlattr* attribute) {
  const ConstBytes bytes = PayloadOf(attribute);
  std::string text(bytes.begin(), bytes.end());
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

std::optional<std::uint32_t> NumberOf(const nlattr* attribute) {
  const ConstBytes bytes = PayloadOf(attribute);
  if (bytes.size() != 4) return std::nullopt;
  return LoadBe32(bytes.data());
}

std::uint64_t HandleOf(const nlattr* attribute) {
  const ConstBytes bytes = PayloadOf(attribute);
  if (bytes.size() != 8) return 0;
  return (std::uint64_t{LoadBe32(bytes.data())} << 32) | LoadBe32(bytes.data() + 4);
}

int KeepVerdictCode(const nlattr* attribute, void* into) {
  if (mnl_attr_get_type(attribute) == NFTA_VERDICT_CODE) {
    *static_cast<std::optional<std::uint32_t>*>(into) = NumberOf(attribute);
  }
  return MNL_CB_OK;
}

std::optional<std::uint32_t> VerdictCode(const nlattr* nested) {
  std::optional<std::uint32_t> code;
  if (nested != nullptr) mnl_attr_parse_nested(nested, KeepVerdictCode, &code);
  return code;
}

TraceEvent::Verdict VerdictOf(std::uint32_t code) {
  switch (code & NF_VERDICT_MASK) {
    case NF_DROP:
      return TraceEvent::Verdict::kDropped;
    case NF_QUEUE:
      return TraceEvent::Verdict::kQueued;
    default:
      return TraceEvent::Verdict::kPassed;
  }
}

/// NFPROTO_* in nftables' language.
std::string_view FamilyName(std::uint8_t family) {
  switch (family) {
    case NFPROTO_INET:
      return "inet";
    case NFPROTO_IPV4:
      return "ip";
    case NFPROTO_IPV6:
      return "ip6";
    case NFPROTO_BRIDGE:
      return "bridge";
    case NFPROTO_NETDEV:
      return "netdev";
    default:
      return "";
  }
}

std::string Match(const Endpoint& from, const Endpoint& to) {
  const char* const ip = from.address.IsV4() ? "ip" : "ip6";
  return fmt::format("{0} saddr {1} {0} daddr {2} tcp sport {3} tcp dport {4}", ip,
                     from.address.ToString(), to.address.ToString(), from.port, to.port);
}

IoError Failed(const char* what) { return SystemError(fmt::format("{}: {}", kWhat, what), errno); }

}  // namespace

void PacketTrace::Closer::operator()(mnl_socket* socket) const { mnl_socket_close(socket); }

std::string PacketTrace::TableText(const std::string& table, bool owned, const FlowKey& flow) {
  std::string text =
      fmt::format("create table inet {}{}\n", table, owned ? " { flags owner; }" : "");
  for (const std::string_view hook : kHooks) {
    text +=
        fmt::format("add chain inet {} {} {{ type filter hook {} priority {}; policy accept; }}\n",
                    table, hook, hook, kPriority);
    for (const FlowKey& way : {flow, flow.Reversed()}) {
      text += fmt::format("add rule inet {} {} {} meta nftrace set 1\n", table, hook,
                          Match(way.local, way.peer));
    }
  }
  return text;
}

Result<std::unique_ptr<PacketTrace>, IoError> PacketTrace::Start(const FlowKey& flow) {
  auto nft = NftSession::Open(kWhat);
  if (!nft) return Err(nft.error());
  (*nft)->ShowHandles();
  Socket socket(mnl_socket_open2(NETLINK_NETFILTER, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) != 0) {
    return Err(Failed("netlink"));
  }
  int group = NFNLGRP_NFTRACE;
  if (mnl_socket_setsockopt(socket.get(), NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0) {
    return Err(Failed("nftrace"));
  }
  const int fd = mnl_socket_get_fd(socket.get());
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer);
  bool owned = true;
  for (int name = 1;;) {
    std::string table = fmt::format("tcpcopy_trace_{}", ::getpid());
    if (name > 1) table += fmt::format("_{}", name);
    const NftSession::Answer answer = (*nft)->Run(TableText(table, owned, flow));
    if (answer.ok) {
      return std::unique_ptr<PacketTrace>(
          new PacketTrace(*std::move(nft), std::move(socket), std::move(table), flow));
    }
    const bool taken = answer.NotPermitted() || answer.Exists();
    if (taken && name < kMaxNames) {
      ++name;
    } else if (!taken && owned) {
      owned = false;  // a kernel before 5.12
    } else {
      return Err(IoError{fmt::format("{}: {}", kWhat, answer.error)});
    }
  }
}

PacketTrace::~PacketTrace() { nft_->Run(fmt::format("delete table inet {}\n", table_)); }

const std::vector<TraceEvent>& PacketTrace::Read() {
  alignas(nlmsghdr) std::array<char, 65536> buffer;
  while (true) {
    const ssize_t got = mnl_socket_recvfrom(socket_.get(), buffer.data(), buffer.size());
    if (got < 0 && (errno == EINTR || errno == ENOBUFS)) continue;
    if (got <= 0) return events_;
    mnl_cb_run(buffer.data(), static_cast<std::size_t>(got), 0, 0, OnMessage, this);
  }
}

int PacketTrace::OnMessage(const nlmsghdr* message, void* trace) {
  static_cast<PacketTrace*>(trace)->Take(message);
  return MNL_CB_OK;
}

void PacketTrace::Take(const nlmsghdr* message) {
  constexpr int kTraceMessage = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_TRACE;
  if (message->nlmsg_type != kTraceMessage) return;
  Attributes attributes{};
  if (mnl_attr_parse(message, sizeof(nfgenmsg), KeepAttribute, &attributes) < 0) return;
  const auto id = NumberOf(attributes[NFTA_TRACE_ID]);
  if (!id) return;
  // The first event of a packet in a chain shows its headers; the number may be an earlier one's.
  if (attributes[NFTA_TRACE_NETWORK_HEADER] != nullptr) {
    TakePacket(*id, PayloadOf(attributes[NFTA_TRACE_NETWORK_HEADER]),
               PayloadOf(attributes[NFTA_TRACE_TRANSPORT_HEADER]));
  }
  const auto packet = packets_.find(*id);
  if (packet == packets_.end() || events_.size() >= kMaxEvents) return;

  const std::uint32_t type = NumberOf(attributes[NFTA_TRACE_TYPE]).value_or(NFT_TRACETYPE_UNSPEC);
  TraceEvent event;
  event.flow = packet->second.flow;
  event.flags = packet->second.flags;
  event.table = TextOf(attributes[NFTA_TRACE_TABLE]);
  event.chain = TextOf(attributes[NFTA_TRACE_CHAIN]);
  if (event.table == table_) {
    if (type != NFT_TRACETYPE_POLICY) return;  // one event a hook is enough
    event.hook = std::exchange(event.chain, "");
    event.table.clear();
    events_.push_back(std::move(event));
    return;
  }
  const auto code = type == NFT_TRACETYPE_POLICY ? NumberOf(attributes[NFTA_TRACE_POLICY])
                                                 : VerdictCode(attributes[NFTA_TRACE_VERDICT]);
  if (!code) return;
  event.verdict = VerdictOf(*code);
  if (event.verdict == TraceEvent::Verdict::kPassed) return;
  const auto* const header = static_cast<const nfgenmsg*>(mnl_nlmsg_get_payload(message));
  event.family = FamilyName(header->nfgen_family);
  event.rule = HandleOf(attributes[NFTA_TRACE_RULE_HANDLE]);
  events_.push_back(std::move(event));
}

void PacketTrace::TakePacket(std::uint32_t id, ConstBytes network, ConstBytes transport) {
  constexpr std::size_t kFlagsAt = 13;
  packets_.erase(id);
  if (network.empty() || transport.size() <= kFlagsAt) return;
  const bool v4 = network[0] >> 4 == 4;
  const std::size_t address_bytes = v4 ? 4 : 16;
  const std::size_t source_at = v4 ? 12 : 8;
  if (network.size() < source_at + 2 * address_bytes) return;
  const IpAddress source = IpAddress::FromBytes(network.subspan(source_at, address_bytes));
  const IpAddress destination =
      IpAddress::FromBytes(network.subspan(source_at + address_bytes, address_bytes));
  const FlowKey flow{{source, LoadBe16(transport.data())},
                     {destination, LoadBe16(transport.data() + 2)}};
  if (flow != flow_ && flow != flow_.Reversed()) return;  // another's trace
  if (packets_.size() < kMaxPackets) packets_[id] = {flow, {transport[kFlagsAt]}};
}

std::string PacketTrace::LineOf(std::uint64_t handle, std::string_view listing) {
  const std::string mark = fmt::format(" # handle {}", handle);
  while (!listing.empty()) {
    std::string_view line = listing.substr(0, listing.find('\n'));
    listing.remove_prefix(std::min(line.size() + 1, listing.size()));
    const bool opens_block = line.find("{ #") != std::string_view::npos;
    if (!line.ends_with(mark) || opens_block) continue;
    line.remove_suffix(mark.size());
    line.remove_prefix(std::min(line.find_first_not_of("\t "), line.size()));
    return std::string(line);
  }
  return "";
}

std::string PacketTrace::RuleText(const TraceEvent& event) {
  if (event.rule == 0) return "policy drop";
  const NftSession::Answer answer =
      nft_->Run(fmt::format("list chain {} {} {}\n", event.family, event.table, event.chain));
  return answer.ok ? LineOf(event.rule, answer.output) : "";
}

}  // namespace tcpcopy
