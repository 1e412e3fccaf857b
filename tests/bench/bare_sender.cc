// A loop that sends one prebuilt segment many times and does nothing else: what a packet costs at
// least, for each way to send. Prints what it cost (OwnCost::Print).

#include <fmt/format.h>
#include <liburing.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "netstack/base/check.h"
#include "netstack/wire/ethernet_header.h"
#include "src/io/uring/raw_socket.h"
#include "tests/bench/own_cost.h"
#include "tests/bench/pure_ack.h"

namespace tcpcopy::bench {
namespace {

/// Where the segment goes, and by which socket.
struct Course {
  UniqueFd socket;
  sockaddr_storage address{};
  socklen_t address_length = 0;     // 0: the socket itself knows to whom
  std::vector<std::uint8_t> bytes;  // what the socket wants: a packet, or a whole frame

  sockaddr* name() { return address_length == 0 ? nullptr : reinterpret_cast<sockaddr*>(&address); }
};

Course ByIp(const IpAddress& from, const IpAddress& to) {
  Course course;
  course.socket = OpenRawSocket(IpFamily::kV4).value();
  auto* const name = reinterpret_cast<sockaddr_in*>(&course.address);
  name->sin_family = AF_INET;
  std::memcpy(&name->sin_addr, to.bytes().data(), sizeof name->sin_addr);
  course.address_length = sizeof *name;
  course.bytes = PureAck(from, to);
  return course;
}

Course ByLink(const IpAddress& from, const IpAddress& to, const char* device,
              const EthernetHeader& header) {
  Course course;
  course.socket = OpenPacketSocket(::if_nametoindex(device)).value();
  course.bytes.resize(EthernetHeader::kMaxBytes);
  course.bytes.resize(header.Write(IpFamily::kV4, course.bytes));
  const std::vector<std::uint8_t> packet = PureAck(from, to);
  course.bytes.insert(course.bytes.end(), packet.begin(), packet.end());
  return course;
}

void SendTo(Course& course, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const ssize_t sent = ::sendto(course.socket.get(), course.bytes.data(), course.bytes.size(), 0,
                                  course.name(), course.address_length);
    TCPCOPY_CHECK(sent > 0);
  }
}

/// The same message `count` times.
class Messages {
 public:
  Messages(Course& course, std::size_t count) : all_(count) {
    part_ = {course.bytes.data(), course.bytes.size()};
    for (mmsghdr& one : all_) {
      one.msg_hdr.msg_name = course.name();
      one.msg_hdr.msg_namelen = course.address_length;
      one.msg_hdr.msg_iov = &part_;
      one.msg_hdr.msg_iovlen = 1;
    }
  }
  std::vector<mmsghdr>& all() { return all_; }

 private:
  iovec part_{};
  std::vector<mmsghdr> all_;
};

void SendMany(Course& course, std::size_t batch, std::uint64_t count) {
  Messages messages(course, batch);
  for (std::uint64_t sent = 0; sent < count; sent += batch) {
    const int taken =
        ::sendmmsg(course.socket.get(), messages.all().data(), static_cast<unsigned>(batch), 0);
    TCPCOPY_CHECK(taken == static_cast<int>(batch));
  }
}

void SendByRing(Course& course, unsigned batch, std::uint64_t count) {
  io_uring ring;
  const unsigned cheapest = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  if (io_uring_queue_init(batch, &ring, cheapest) != 0) {  // before Linux 6.1
    TCPCOPY_CHECK(io_uring_queue_init(batch, &ring, 0) == 0);
  }
  Messages messages(course, batch);
  for (std::uint64_t sent = 0; sent < count; sent += batch) {
    for (mmsghdr& one : messages.all()) {
      io_uring_sqe* const entry = io_uring_get_sqe(&ring);
      if (course.address_length == 0) {
        io_uring_prep_send(entry, course.socket.get(), course.bytes.data(), course.bytes.size(), 0);
      } else {
        io_uring_prep_sendmsg(entry, course.socket.get(), &one.msg_hdr, 0);
      }
    }
    TCPCOPY_CHECK(io_uring_submit_and_wait(&ring, batch) == static_cast<int>(batch));
    unsigned head = 0;
    io_uring_cqe* completion = nullptr;
    io_uring_for_each_cqe(&ring, head, completion) { TCPCOPY_CHECK(completion->res > 0); }
    io_uring_cq_advance(&ring, batch);
  }
  io_uring_queue_exit(&ring);
}

int Usage() {
  fmt::print(stderr,
             "usage: bare_sender COUNT sendto|sendmmsg|uring BATCH FROM TO "
             "[DEVICE ITS_MAC NEXT_HOP_MAC]\n");
  return 2;
}

int Main(int argc, char** argv) {
  if (argc != 6 && argc != 9) return Usage();
  const auto batch = static_cast<unsigned>(std::strtoul(argv[3], nullptr, 10));
  if (batch == 0) return Usage();
  const std::uint64_t count = std::strtoull(argv[1], nullptr, 10) / batch * batch;
  const std::string_view way = argv[2];
  const auto from = IpAddress::Parse(argv[4]);
  const auto to = IpAddress::Parse(argv[5]);
  if (!from || !to) return Usage();
  Course course;
  if (argc == 6) {
    course = ByIp(*from, *to);
  } else {
    const auto source = MacAddress::Parse(argv[7]);
    const auto destination = MacAddress::Parse(argv[8]);
    if (!source || !destination) return Usage();
    course = ByLink(*from, *to, argv[6], {*destination, *source, {}});
  }
  const OwnCost cost;
  if (way == "sendto") {
    SendTo(course, count);
  } else if (way == "sendmmsg") {
    SendMany(course, batch, count);
  } else if (way == "uring") {
    SendByRing(course, batch, count);
  } else {
    return Usage();
  }
  cost.Print(count);
  return 0;
}

}  // namespace
}  // namespace tcpcopy::bench

int main(int argc, char** argv) { return tcpcopy::bench::Main(argc, argv); }
