// A target whose kernel does next to nothing: it answers on a packet socket, from the packet alone,
// and remembers no connection. A SYN gets a SYN-ACK, data the answer and a FIN, a FIN an ACK; the
// rest gets nothing. So it holds any number of idle connections, and is quick.

#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include "netstack/base/check.h"
#include "netstack/wire/build_packet.h"
#include "netstack/wire/packet_view.h"
#include "src/io/unique_fd.h"

namespace tcpcopy::bench {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::size_t kFrame = 2048;
constexpr int kBuffer = 64 << 20;  // bytes of packets that wait to be read
constexpr std::uint32_t kFirstSeq = 5000;

UniqueFd OpenOn(const char* device) {
  // Of all protocols: such sockets see frames before the kernel is told to drop them.
  UniqueFd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)));
  TCPCOPY_CHECK(socket.get() >= 0);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kBuffer, sizeof kBuffer);
  const int yes = 1;
  ::setsockopt(socket.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof yes);
  ::setsockopt(socket.get(), SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof yes);
  sockaddr_ll name{};
  name.sll_family = AF_PACKET;
  name.sll_protocol = htons(ETH_P_ALL);
  name.sll_ifindex = static_cast<int>(::if_nametoindex(device));
  TCPCOPY_CHECK(::bind(socket.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
  return socket;
}

/// So many frames, received or to be sent together.
struct Frames {
  Frames() {
    for (std::size_t i = 0; i < kBatch; ++i) {
      parts[i] = {bytes[i].data(), kFrame};
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
  }
  std::array<std::array<std::uint8_t, kFrame>, kBatch> bytes;
  std::array<iovec, kBatch> parts{};
  std::array<mmsghdr, kBatch> messages{};
};

class Answerer {
 public:
  explicit Answerer(std::vector<std::uint8_t> answer) : answer_(std::move(answer)) {}

  /// Writes what the host answers to `frame`; returns its length, 0 for no answer.
  std::size_t Answer(ConstBytes frame, MutableBytes out) {
    const auto packet = ParsePacket(LinkType::kEthernet, frame, frame.size());
    if (!packet) return 0;
    const TcpSegment& asked = packet->segment;
    TcpSegment reply;
    reply.flags.bits = TcpFlags::kAck;
    reply.seq = asked.ack;
    reply.ack = asked.seq + asked.Length();
    reply.window = 65535;
    if (asked.flags.rst()) return 0;
    if (asked.flags.syn()) {
      reply.flags.bits |= TcpFlags::kSyn;
      reply.seq = SeqNum(kFirstSeq);
      reply.options.mss = 1460;
    } else if (asked.payload_length > 0) {
      reply.flags.bits |= TcpFlags::kPsh | TcpFlags::kFin;
      reply.payload = answer_;
      reply.payload_length = static_cast<std::uint32_t>(answer_.size());
    } else if (!asked.flags.fin()) {
      return 0;
    }
    return Write(frame, packet->flow, reply, out);
  }

 private:
  std::size_t Write(ConstBytes frame, const FlowKey& asker, const TcpSegment& reply,
                    MutableBytes out) {
    const FlowKey flow{asker.peer, asker.local};
    const std::size_t headers = ETH_HLEN + HeaderLength(flow.local.address.family(), reply.options);
    std::copy_n(&frame[ETH_ALEN], ETH_ALEN, &out[0]);
    std::copy_n(&frame[0], ETH_ALEN, &out[ETH_ALEN]);
    std::copy_n(&frame[2 * ETH_ALEN], ETH_HLEN - 2 * ETH_ALEN, &out[2 * ETH_ALEN]);
    std::ranges::copy(reply.payload, out.begin() + static_cast<std::ptrdiff_t>(headers));
    const std::size_t length = headers + reply.payload.size();
    BuildPacket(flow, reply, ++ip_id_, out.subspan(ETH_HLEN, length - ETH_HLEN));
    return length;
  }

  const std::vector<std::uint8_t> answer_;
  std::uint16_t ip_id_ = 0;
};

void SendAll(const UniqueFd& socket, Frames& out, std::size_t count) {
  for (std::size_t sent = 0; sent < count;) {
    const int taken =
        ::sendmmsg(socket.get(), &out.messages[sent], static_cast<unsigned>(count - sent), 0);
    sent += taken > 0 ? static_cast<std::size_t>(taken) : 1;  // one that is refused is lost
  }
}

[[noreturn]] void Serve(const UniqueFd& socket, Answerer& answerer) {
  Frames in;
  Frames out;
  while (true) {
    const int received =
        ::recvmmsg(socket.get(), in.messages.data(), kBatch, MSG_WAITFORONE, nullptr);
    std::size_t answers = 0;
    for (int i = 0; i < received; ++i) {
      const auto place = static_cast<std::size_t>(i);
      const std::size_t length =
          answerer.Answer({in.bytes[place].data(), in.messages[place].msg_len}, out.bytes[answers]);
      if (length > 0) out.parts[answers++].iov_len = length;
    }
    SendAll(socket, out, answers);
  }
}

std::vector<std::uint8_t> Content(const char* file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace
}  // namespace tcpcopy::bench

int main(int argc, char** argv) {
  using namespace tcpcopy::bench;
  if (argc != 3) {
    fmt::print(stderr, "usage: raw_target DEVICE ANSWER_FILE\n");
    return 2;
  }
  Answerer answerer(Content(argv[2]));
  const auto socket = OpenOn(argv[1]);
  fmt::print(stderr, "ready\n");
  Serve(socket, answerer);
}
