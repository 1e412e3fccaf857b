#include "src/io/pcap/fanout.h"

#include <linux/filter.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "netstack/base/check.h"
#include "src/io/host/kernel_version.h"

namespace tcpcopy {
namespace {

/// Linux's PACKET_FANOUT_FLAG_IGNORE_OUTGOING, which older headers do not have; older kernels take
/// no notice of it.
constexpr unsigned kIgnoreOutgoing = 0x4000;

constexpr auto kNetwork = static_cast<std::uint32_t>(SKF_NET_OFF);
constexpr std::uint32_t kV6HeaderBytes = 40;

bool SetProgram(int socket, const FanoutRule& rule, std::uint32_t members) {
  std::array<sock_filter, 13> code{{
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kNetwork),
      BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4),  // the version
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4, 0, 3),
      BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, kNetwork),  // the length of an IPv4 header
      BPF_STMT(BPF_LD | BPF_H | BPF_IND, kNetwork),
      BPF_STMT(BPF_JMP | BPF_JA, 2),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 6, 0, 5),
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, kNetwork + kV6HeaderBytes),
      BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, rule.multiplier),
      BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, rule.shift),
      BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, members),
      BPF_STMT(BPF_RET | BPF_A, 0),
      BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  const sock_fprog program{code.size(), code.data()};
  return ::setsockopt(socket, SOL_PACKET, PACKET_FANOUT_DATA, &program, sizeof program) == 0;
}

bool Join(int socket, unsigned group, unsigned flags) {
  const unsigned wanted = group | (PACKET_FANOUT_CBPF | kIgnoreOutgoing | flags) << 16;
  return ::setsockopt(socket, SOL_PACKET, PACKET_FANOUT, &wanted, sizeof wanted) == 0;
}

}  // namespace

Result<void, IoError> JoinFanout(const std::vector<int>& sockets, const FanoutRule& rule) {
  TCPCOPY_CHECK(!sockets.empty());
  const auto failed = [] { return Err(SystemError("captures cannot share packets", errno)); };
  // The kernel finds a number that nobody uses.
  if (!Join(sockets[0], 0, PACKET_FANOUT_FLAG_UNIQUEID)) return failed();
  unsigned joined = 0;
  socklen_t length = sizeof joined;
  if (::getsockopt(sockets[0], SOL_PACKET, PACKET_FANOUT, &joined, &length) != 0) return failed();
  for (std::size_t i = 1; i < sockets.size(); ++i) {
    if (!Join(sockets[i], joined & 0xffff, 0)) return failed();
  }
  if (!SetProgram(sockets[0], rule, static_cast<std::uint32_t>(sockets.size()))) return failed();
  return {};
}

bool KernelFansOutIncoming() {
  const auto version = KernelVersion::Parse(HostName::OfThisHost().kernel_release);
  return version && *version >= KernelVersion{6, 2};
}

}  // namespace tcpcopy
