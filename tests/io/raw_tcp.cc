#include "tests/io/raw_tcp.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "netstack/base/bytes.h"
#include "netstack/base/check.h"

namespace tcpcopy::testing {
namespace {

constexpr std::size_t kTcpBytes = 20;

std::uint32_t Sum(ConstBytes bytes, std::uint32_t sum) {
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) sum += LoadBe16(&bytes[i]);
  return sum;
}

std::uint16_t Fold(std::uint32_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void FillIpHeader(std::uint8_t* ip, const IpAddress& from, const IpAddress& to) {
  if (from.IsV4()) {
    ip[0] = 0x45;
    StoreBe16(ip + 2, 20 + kTcpBytes);
    ip[8] = 64;
    ip[9] = IPPROTO_TCP;
    std::memcpy(ip + 12, from.bytes().data(), 4);
    std::memcpy(ip + 16, to.bytes().data(), 4);
    StoreBe16(ip + 10, Fold(Sum({ip, 20}, 0)));
  } else {
    ip[0] = 0x60;
    StoreBe16(ip + 4, kTcpBytes);
    ip[6] = IPPROTO_TCP;
    ip[7] = 64;
    std::memcpy(ip + 8, from.bytes().data(), 16);
    std::memcpy(ip + 24, to.bytes().data(), 16);
  }
}

}  // namespace

std::vector<std::uint8_t> MakeSyn(const Endpoint& from, const Endpoint& to, std::uint32_t seq) {
  const std::size_t ip_bytes = from.address.IsV4() ? 20 : 40;
  std::vector<std::uint8_t> packet(ip_bytes + kTcpBytes);
  FillIpHeader(packet.data(), from.address, to.address);
  std::uint8_t* const tcp = packet.data() + ip_bytes;
  StoreBe16(tcp, from.port);
  StoreBe16(tcp + 2, to.port);
  StoreBe32(tcp + 4, seq);
  tcp[12] = 5 << 4;
  tcp[13] = 0x02;
  StoreBe16(tcp + 14, 65535);
  const std::uint32_t pseudo =
      Sum(from.address.bytes(), Sum(to.address.bytes(), IPPROTO_TCP + kTcpBytes));
  StoreBe16(tcp + 16, Fold(Sum({tcp, kTcpBytes}, pseudo)));
  return packet;
}

Listener::Listener(const char* address) {
  endpoint.address = IpAddress::Parse(address).value();
  const bool v4 = endpoint.address.IsV4();
  fd = UniqueFd(::socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_storage name{};
  socklen_t length = 0;
  if (v4) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    std::memcpy(&in.sin_addr, endpoint.address.bytes().data(), 4);
    length = sizeof in;
    std::memcpy(&name, &in, length);
  } else {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    std::memcpy(&in.sin6_addr, endpoint.address.bytes().data(), 16);
    length = sizeof in;
    std::memcpy(&name, &in, length);
  }
  auto* const raw_name = reinterpret_cast<sockaddr*>(&name);
  TCPCOPY_CHECK(::bind(fd.get(), raw_name, length) == 0 && ::listen(fd.get(), 4096) == 0);
  TCPCOPY_CHECK(::getsockname(fd.get(), raw_name, &length) == 0);
  // The port stands at the same place in both families.
  endpoint.port = LoadBe16(reinterpret_cast<const std::uint8_t*>(&name) + 2);
}

}  // namespace tcpcopy::testing
