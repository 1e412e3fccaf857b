#include "netstack/wire/checksum.h"

#include <cstring>

#include "netstack/base/check.h"
#include "netstack/wire/ip_protocol.h"

namespace tcpcopy {
namespace {

// One's complement sums do not care about byte order (RFC 1071 2.B): words are added as the machine
// reads them and swapped once at the end.

/// With the carry around the end, as the sum of smaller words has it.
std::uint64_t Add(std::uint64_t sum, std::uint64_t word) {
  sum += word;
  return sum + (sum < word ? 1 : 0);
}

std::uint64_t Sum(ConstBytes bytes) {
  const std::uint8_t* p = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t sum = 0;
  std::uint64_t other = 0;  // two sums at once: the additions do not wait for each other
  for (; left >= 16; left -= 16, p += 16) {
    sum = Add(sum, LoadWord(p));
    other = Add(other, LoadWord(p + 8));
  }
  if (left >= 8) {
    sum = Add(sum, LoadWord(p));
    left -= 8;
    p += 8;
  }
  if (left > 0) {
    std::uint64_t word = 0;  // an odd last byte is followed by a zero byte
    std::memcpy(&word, p, left);
    other = Add(other, word);
  }
  return Add(sum, other);
}

std::uint16_t Finish(std::uint64_t sum) {
  sum = (sum & 0xFFFFFFFFU) + (sum >> 32);
  sum = (sum & 0xFFFFFFFFU) + (sum >> 32);
  sum = (sum & 0xFFFFU) + (sum >> 16);
  sum = (sum & 0xFFFFU) + (sum >> 16);
  return SwapFromBe(static_cast<std::uint16_t>(~sum));
}

/// Behind an IPv4 address stand zeros.
std::uint64_t AddressSum(const IpAddress& address) {
  const auto [front, back] = address.Words();
  return Add(front, back);
}

std::uint64_t PseudoHeaderSum(const IpAddress& source, const IpAddress& destination,
                              std::uint8_t protocol, std::size_t length) {
  TCPCOPY_CHECK(source.family() == destination.family());
  // Length and protocol stand in different places of the two pseudo headers, but always in the same
  // half of a 16-bit word, so one sum serves both.
  const std::uint64_t rest = std::uint64_t{SwapFromBe(static_cast<std::uint32_t>(length))} +
                             SwapFromBe(std::uint32_t{protocol});
  return Add(Add(AddressSum(source), AddressSum(destination)), rest);
}

std::uint16_t WithPseudoHeader(const IpAddress& source, const IpAddress& destination,
                               std::uint8_t protocol, ConstBytes bytes) {
  return Finish(Add(PseudoHeaderSum(source, destination, protocol, bytes.size()), Sum(bytes)));
}

}  // namespace

std::uint16_t InternetChecksum(ConstBytes bytes) { return Finish(Sum(bytes)); }

std::uint16_t TcpChecksum(const IpAddress& source, const IpAddress& destination,
                          ConstBytes segment) {
  return WithPseudoHeader(source, destination, kIpProtocolTcp, segment);
}

std::uint16_t PartialTcpChecksum(const IpAddress& source, const IpAddress& destination,
                                 std::size_t length) {
  const std::uint64_t sum = PseudoHeaderSum(source, destination, kIpProtocolTcp, length);
  return static_cast<std::uint16_t>(~Finish(sum));  // of a sum, not of what would cancel it
}

std::uint16_t UdpChecksum(const IpAddress& source, const IpAddress& destination,
                          ConstBytes datagram) {
  const std::uint16_t sum = WithPseudoHeader(source, destination, kIpProtocolUdp, datagram);
  return sum == 0 ? std::uint16_t{0xffff} : sum;
}

}  // namespace tcpcopy
