#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "netstack/base/bytes.h"
#include "netstack/base/result.h"
#include "netstack/wire/flow_key.h"
#include "netstack/wire/tcp_segment.h"
#include "src/io/io_error.h"
#include "src/io/nftables/nft_session.h"

struct mnl_socket;
struct nlmsghdr;

namespace tcpcopy {

/// One thing that nftables told of a packet of the traced flow: that it has come as far as one of
/// its hooks, or what became of it in a chain.
struct TraceEvent {
  enum class Verdict { kPassed, kDropped, kQueued };

  FlowKey flow;  // as the packet bears it: `flow.local` sent it
  TcpFlags flags;
  std::string hook;  // "prerouting", "input", ...: reached it; empty for what other chains did
  // The rest is empty for `hook`s.
  Verdict verdict = Verdict::kPassed;
  std::string family;  // of the table: "ip", "ip6", "inet", ...
  std::string table;
  std::string chain;
  std::uint64_t rule = 0;  // the rule's handle; 0: the chain's policy
};

/// Asks nftables to tell what it does with the packets of one TCP flow, both ways: which rule drops
/// one is then no guess. For that it owns a table `tcpcopy_trace_<pid>` as long as it lives. Rules
/// of iptables-nft are seen, too, those of the old iptables are not. Needs CAP_NET_ADMIN.
class PacketTrace {
 public:
  static constexpr std::size_t kMaxEvents = 1024;  // further ones are left out

  static Result<std::unique_ptr<PacketTrace>, IoError> Start(const FlowKey& flow);

  PacketTrace(const PacketTrace&) = delete;
  PacketTrace& operator=(const PacketTrace&) = delete;
  ~PacketTrace();

  /// What was told since `Start`, in order: hooks that were reached, drops, and packets that were
  /// given to a program. Does not wait.
  const std::vector<TraceEvent>& Read();
  /// The rule of an event as `nft list` prints it; "policy drop" for a policy; empty when the rule
  /// is gone.
  std::string RuleText(const TraceEvent& event);

  /// What `Start` gives to nftables.
  static std::string TableText(const std::string& table, bool owned, const FlowKey& flow);
  /// The line of rule `handle` in a listing with handles; empty when it is not there.
  static std::string LineOf(std::uint64_t handle, std::string_view listing);

 private:
  struct Closer {
    void operator()(mnl_socket* socket) const;
  };
  using Socket = std::unique_ptr<mnl_socket, Closer>;
  struct Packet {
    FlowKey flow;
    TcpFlags flags;
  };

  PacketTrace(std::unique_ptr<NftSession> nft, Socket socket, std::string table, FlowKey flow)
      : nft_(std::move(nft)), socket_(std::move(socket)), table_(std::move(table)), flow_(flow) {}

  static int OnMessage(const nlmsghdr* message, void* trace);
  void Take(const nlmsghdr* message);
  void TakePacket(std::uint32_t id, ConstBytes network, ConstBytes transport);

  const std::unique_ptr<NftSession> nft_;
  const Socket socket_;
  const std::string table_;
  const FlowKey flow_;
  std::map<std::uint32_t, Packet> packets_;  // by the kernel's number; those of our flow only
  std::vector<TraceEvent> events_;
};

}  // namespace tcpcopy
