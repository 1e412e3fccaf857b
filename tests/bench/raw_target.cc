// A target whose kernel does next to nothing: it answers on a packet socket, from the packet alone,
// and remembers no connection. A SYN gets a SYN-ACK, data the answer and a FIN, a FIN an ACK; the
// rest gets nothing. So it holds any number of idle connections, and is quick.

#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
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
constexpr unsigned kBlock = 1 << 20;
constexpr unsigned kBlocks = 32;  // of frames that wait to be read
constexpr std::uint32_t kFirstSeq = 5000;

UniqueFd OpenOn(const char* device) {
  // Of all protocols: such sockets see frames before the kernel is told to drop them.
  UniqueFd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)));
  TCPCOPY_CHECK(socket.get() >= 0);
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

/// What comes to a packet socket. A ring, because its size is not limited as a socket's buffer is.
class Received {
 public:
  explicit Received(const UniqueFd& socket) : socket_(socket.get()) {
    const int version = TPACKET_V2;
    ::setsockopt(socket_, SOL_PACKET, PACKET_VERSION, &version, sizeof version);
    const tpacket_req request{kBlock, kBlocks, kFrame, kCount};
    TCPCOPY_CHECK(::setsockopt(socket_, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) == 0);
    void* const ring = ::mmap(nullptr, std::size_t{kBlock} * kBlocks, PROT_READ | PROT_WRITE,
                              MAP_SHARED, socket_, 0);
    TCPCOPY_CHECK(ring != MAP_FAILED);
    ring_ = static_cast<std::uint8_t*>(ring);
  }

  /// Until there is a frame.
  void Wait() {
    pollfd waiting{socket_, POLLIN, 0};
    while (Status() == TP_STATUS_KERNEL) ::poll(&waiting, 1, -1);
  }
  /// The next one, or nothing at the moment; valid until `Next`.
  ConstBytes Frame() {
    if (Status() == TP_STATUS_KERNEL) return {};
    return {At(place_) + Header().tp_mac, Header().tp_snaplen};
  }
  void Next() {
    std::atomic_ref(Header().tp_status).store(TP_STATUS_KERNEL, std::memory_order_release);
    place_ = (place_ + 1) % kCount;
  }

 private:
  static constexpr unsigned kCount = kBlock / kFrame * kBlocks;

  std::uint8_t* At(unsigned place) { return ring_ + std::size_t{place} * kFrame; }
  tpacket2_hdr& Header() { return *reinterpret_cast<tpacket2_hdr*>(At(place_)); }
  std::uint32_t Status() {
    return std::atomic_ref(Header().tp_status).load(std::memory_order_acquire);
  }

  const int socket_;
  std::uint8_t* ring_ = nullptr;
  unsigned place_ = 0;
};

/// Frames that are sent together.
struct Answers {
  Answers() {
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

void SendAll(const UniqueFd& socket, Answers& out, std::size_t count) {
  for (std::size_t sent = 0; sent < count;) {
    const int taken =
        ::sendmmsg(socket.get(), &out.messages[sent], static_cast<unsigned>(count - sent), 0);
    sent += taken > 0 ? static_cast<std::size_t>(taken) : 1;  // one that is refused is lost
  }
}

[[noreturn]] void Serve(const UniqueFd& socket, Answerer& answerer) {
  Received in(socket);
  Answers out;
  while (true) {
    in.Wait();
    std::size_t answers = 0;
    for (ConstBytes frame = in.Frame(); !frame.empty() && answers < kBatch; frame = in.Frame()) {
      const std::size_t length = answerer.Answer(frame, out.bytes[answers]);
      if (length > 0) out.parts[answers++].iov_len = length;
      in.Next();
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
