#include "src/io/nfqueue/queue_source.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <libmnl/libmnl.h>
#include <libnetfilter_queue/libnetfilter_queue.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "src/io/host/proc_file.h"

namespace tcpcopy {
namespace {

constexpr const char* kCountersFile = "/proc/net/netfilter/nfnetlink_queue";
constexpr std::uint32_t kLargestSnapshot = 0xffff;
constexpr std::size_t kReceiveBytes = 128 << 10;  // the largest packet, and what is told of it
constexpr int kSocketBytes = 32 << 20;            // a full queue of short packets
constexpr std::size_t kConfigBytes = 256;

using ConfigBuffer = std::array<char, kConfigBytes>;

nlmsghdr* Config(ConfigBuffer& buffer, std::uint16_t queue) {
  return nfq_nlmsg_put(buffer.data(), NFQNL_MSG_CONFIG, queue);
}

std::optional<IpAddress> DestinationOf(ConstBytes packet) {
  constexpr std::size_t kV4At = 16;
  constexpr std::size_t kV6At = 24;
  if (packet.size() >= kV4At + 4 && packet[0] >> 4 == 4) {
    return IpAddress::FromBytes(packet.subspan(kV4At, 4));
  }
  if (packet.size() >= kV6At + 16 && packet[0] >> 4 == 6) {
    return IpAddress::FromBytes(packet.subspan(kV6At, 16));
  }
  return std::nullopt;
}

/// A line of the listing holds: queue, owner, waiting, copy mode, copy range, dropped because the
/// queue or the socket was full, number of the last packet.
std::optional<CaptureStats> FindCounters(std::string_view listing, std::uint16_t number) {
  while (!listing.empty()) {
    const std::size_t end = std::min(listing.find('\n'), listing.size());
    const std::string line(listing.substr(0, end));
    listing.remove_prefix(std::min(end + 1, listing.size()));
    unsigned queue = 0;
    unsigned long queue_full = 0;
    unsigned long socket_full = 0;
    unsigned long last = 0;
    const int fields = std::sscanf(line.c_str(), "%u %*d %*u %*u %*u %lu %lu %lu", &queue,
                                   &queue_full, &socket_full, &last);
    if (fields != 4 || queue != number) continue;
    return CaptureStats{.received = last + queue_full,
                        .dropped_by_kernel = queue_full + socket_full,
                        .dropped_by_interface = 0};
  }
  return std::nullopt;
}

}  // namespace

void QueueSource::Closer::operator()(mnl_socket* socket) const { mnl_socket_close(socket); }

Result<std::unique_ptr<QueueSource>, IoError> QueueSource::Open(const Clock& clock,
                                                                const Options& options) {
  constexpr std::string_view kWhat = "cannot open a queue for replies";
  Socket socket(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC));
  if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0) {
    return Err(SystemError(kWhat, errno));
  }
  std::unique_ptr<QueueSource> source(new QueueSource(clock, options, std::move(socket)));
  if (auto done = source->Configure(); !done) return Err(done.error());
  return source;
}

QueueSource::QueueSource(const Clock& clock, const Options& options, Socket socket)
    : clock_(clock), options_(options), socket_(std::move(socket)), buffer_(kReceiveBytes) {}

QueueSource::~QueueSource() = default;

Result<void, IoError> QueueSource::Configure() {
  const std::string what = fmt::format("cannot use queue {} for replies", options_.number);
  const int fd = mnl_socket_get_fd(socket_.get());
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kSocketBytes, sizeof kSocketBytes);
  // The kernel counts what does not fit; we need not be told of each.
  int on = 1;
  mnl_socket_setsockopt(socket_.get(), NETLINK_NO_ENOBUFS, &on, sizeof on);

  ConfigBuffer buffer;
  nlmsghdr* message = Config(buffer, options_.number);
  nfq_nlmsg_cfg_put_cmd(message, AF_UNSPEC, NFQNL_CFG_CMD_BIND);
  // The kernel has one word for a queue that another program has and for a missing privilege.
  const auto is_taken = [&] {
    return FindCounters(ReadProcFile(kCountersFile), options_.number).has_value();
  };
  int error = Request(message);
  if (error == EPERM && !is_taken()) error = Request(message);  // its owner may just have gone
  if (error != 0) {
    if (error == EPERM && is_taken()) {
      return Err(
          IoError{what + ": another program has it; choose another one with --queue-num", true});
    }
    return Err(PrivilegedError(what, error, "CAP_NET_ADMIN"));
  }
  message = Config(buffer, options_.number);
  nfq_nlmsg_cfg_put_params(message, NFQNL_COPY_PACKET,
                           static_cast<int>(std::min(options_.snapshot_bytes, kLargestSnapshot)));
  nfq_nlmsg_cfg_put_qmaxlen(message, options_.length);
  // What the network card would cut comes whole.
  mnl_attr_put_u32(message, NFQA_CFG_FLAGS, htonl(NFQA_CFG_F_GSO));
  mnl_attr_put_u32(message, NFQA_CFG_MASK, htonl(NFQA_CFG_F_GSO));
  if (error = Request(message); error != 0) return Err(SystemError(what, error));
  if (::fcntl(fd, F_SETFL, O_NONBLOCK) != 0) return Err(SystemError(what, errno));
  return {};
}

/// Sends a request and waits for the kernel's answer, which has come by then. Returns an errno
/// value, 0 for success.
int QueueSource::Request(nlmsghdr* message) {
  message->nlmsg_flags |= NLM_F_ACK;
  if (mnl_socket_sendto(socket_.get(), message, message->nlmsg_len) < 0) return errno;
  while (true) {
    const ssize_t got = mnl_socket_recvfrom(socket_.get(), buffer_.data(), buffer_.size());
    if (got < 0 && errno != EINTR) return errno;
    const nlmsghdr* const answer = static_cast<nlmsghdr*>(static_cast<void*>(buffer_.data()));
    // A packet may have come first: the verdict on the next ones is one on it, too.
    if (got < 0 || !mnl_nlmsg_ok(answer, static_cast<int>(got))) continue;
    if (answer->nlmsg_type != NLMSG_ERROR) continue;
    return -static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(answer))->error;
  }
}

void QueueSource::SetSnapshot(std::uint32_t bytes) {
  ConfigBuffer buffer;
  nlmsghdr* const message = Config(buffer, options_.number);
  nfq_nlmsg_cfg_put_params(message, NFQNL_COPY_PACKET,
                           static_cast<int>(std::min(bytes, kLargestSnapshot)));
  mnl_socket_sendto(socket_.get(), message, message->nlmsg_len);
}

Result<PacketSource::Status, SourceError> QueueSource::Drain(PacketHandler& handler,
                                                             std::size_t limit) {
  Verdict verdict;
  Status status = Status::kMore;
  for (std::size_t i = 0; i < limit; ++i) {
    const ssize_t got = mnl_socket_recvfrom(socket_.get(), buffer_.data(), buffer_.size());
    if (got < 0) {
      if (errno == EINTR || errno == ENOBUFS) continue;
      status = Status::kIdle;
      if (errno == EAGAIN || errno == EWOULDBLOCK) break;
      Say(verdict);
      return Err(SourceError{SystemError("the queue for replies", errno).message});
    }
    int left = static_cast<int>(got);
    const nlmsghdr* message = static_cast<nlmsghdr*>(static_cast<void*>(buffer_.data()));
    for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
      OnMessage(message, handler, verdict);
    }
  }
  Say(verdict);
  return status;
}

void QueueSource::OnMessage(const nlmsghdr* message, PacketHandler& handler, Verdict& verdict) {
  if (message->nlmsg_type != ((NFNL_SUBSYS_QUEUE << 8) | NFQNL_MSG_PACKET)) return;
  nlattr* attributes[NFQA_MAX + 1] = {};
  if (nfq_nlmsg_parse(message, attributes) < 0 || attributes[NFQA_PACKET_HDR] == nullptr) return;
  const auto* const header =
      static_cast<const nfqnl_msg_packet_hdr*>(mnl_attr_get_payload(attributes[NFQA_PACKET_HDR]));
  ConstBytes packet;
  if (const nlattr* const payload = attributes[NFQA_PAYLOAD]) {
    packet = {static_cast<const std::uint8_t*>(mnl_attr_get_payload(payload)),
              mnl_attr_get_payload_len(payload)};
  }
  const bool drop = !MayPass(packet);
  if (verdict.count > 0 && verdict.drop != drop) Say(verdict);
  verdict = {drop, ntohl(header->packet_id), verdict.count + 1};
  if (!drop) {
    ++passed_;
    return;
  }
  const nlattr* const whole = attributes[NFQA_CAP_LEN];  // only when it was cut
  handler.OnPacket(
      {.bytes = packet,
       .link = LinkType::kRawIp,
       .wire_length = whole != nullptr
                          ? std::max<std::size_t>(ntohl(mnl_attr_get_u32(whole)), packet.size())
                          : packet.size(),
       .captured_at = clock_.Now().time_since_epoch(),
       .number = ++number_});
}

/// One message for all of them: the kernel holds packets in the order in which it gave them to us.
void QueueSource::Say(Verdict& verdict) {
  if (verdict.count == 0) return;
  ConfigBuffer buffer;
  const int type = verdict.count == 1 ? NFQNL_MSG_VERDICT : NFQNL_MSG_VERDICT_BATCH;
  nlmsghdr* const message = nfq_nlmsg_put(buffer.data(), type, options_.number);
  nfq_nlmsg_verdict_put(message, static_cast<int>(verdict.last_id),
                        verdict.drop ? NF_DROP : NF_ACCEPT);
  mnl_socket_sendto(socket_.get(), message, message->nlmsg_len);
  verdict.count = 0;
}

bool QueueSource::MayPass(ConstBytes packet) const {
  if (options_.pass.empty()) return false;
  const std::optional<IpAddress> destination = DestinationOf(packet);
  return destination && std::ranges::any_of(options_.pass, [&](const Network& network) {
           return network.Contains(*destination);
         });
}

int QueueSource::PollFd() const { return mnl_socket_get_fd(socket_.get()); }

CaptureStats QueueSource::Stats() const {
  return StatsOf(ReadProcFile(kCountersFile), options_.number);
}

CaptureStats QueueSource::StatsOf(std::string_view listing, std::uint16_t number) {
  return FindCounters(listing, number).value_or(CaptureStats());
}

}  // namespace tcpcopy
