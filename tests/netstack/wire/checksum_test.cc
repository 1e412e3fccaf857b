#include "netstack/wire/checksum.h"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "netstack/base/prng.h"
#include "tests/netstack/wire/slow_checksum.h"

namespace tcpcopy {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::uint16_t SlowChecksum(ConstBytes bytes) {
  return static_cast<std::uint16_t>(~testing::SlowSum(0, bytes));
}

Bytes RandomBytes(std::size_t size, Prng& prng) {
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(prng.Next());
  return bytes;
}

BOOST_AUTO_TEST_CASE(TheExampleOfRfc1071) {
  const Bytes bytes{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  BOOST_TEST(InternetChecksum(bytes) == 0xFFFF - 0xddf2);
}

BOOST_AUTO_TEST_CASE(AnyLengthAtAnyAlignmentEqualsTheSlowSum) {
  Prng prng(7);
  const Bytes bytes = RandomBytes(200, prng);
  for (std::size_t offset = 0; offset < 9; ++offset) {
    for (std::size_t length = 0; length + offset <= bytes.size(); ++length) {
      const ConstBytes part = ConstBytes(bytes).subspan(offset, length);
      BOOST_TEST(InternetChecksum(part) == SlowChecksum(part));
    }
  }
}

BOOST_AUTO_TEST_CASE(CarriesAreNotLost) {
  for (const std::size_t length : {1U, 8U, 31U, 32U, 65535U, 1U << 20}) {
    const Bytes ones(length, 0xFF);
    BOOST_TEST(InternetChecksum(ones) == SlowChecksum(ones));
  }
}

BOOST_AUTO_TEST_CASE(APartialOneIsCompletedByTheSumOfTheSegment) {
  Prng prng(9);
  for (const std::size_t length : {20U, 33U, 65515U}) {
    Bytes segment = RandomBytes(length, prng);
    for (const std::size_t address_size : {4U, 16U}) {
      const auto source = IpAddress::FromBytes(RandomBytes(address_size, prng));
      const auto destination = IpAddress::FromBytes(RandomBytes(address_size, prng));
      StoreBe16(&segment[16], 0);
      const std::uint16_t whole = TcpChecksum(source, destination, segment);
      StoreBe16(&segment[16], PartialTcpChecksum(source, destination, length));
      BOOST_TEST(InternetChecksum(segment) == whole);
    }
  }
}

BOOST_AUTO_TEST_CASE(TcpCoversThePseudoHeaderOfItsFamily) {
  Prng prng(8);
  for (const std::size_t length : {20U, 21U, 1480U, 65515U}) {
    const Bytes segment = RandomBytes(length, prng);
    for (const std::size_t address_size : {4U, 16U}) {
      const Bytes source = RandomBytes(address_size, prng);
      const Bytes destination = RandomBytes(address_size, prng);
      Bytes whole = source;
      whole.insert(whole.end(), destination.begin(), destination.end());
      if (address_size == 4) {  // RFC 9293 3.1: zero, PTCL, TCP length
        whole.insert(whole.end(), {0, 6, 0, 0});
        StoreBe16(&whole[whole.size() - 2], static_cast<std::uint16_t>(length));
      } else {  // RFC 8200 8.1: 32 bits of length, three zeroes, next header
        whole.insert(whole.end(), {0, 0, 0, 0, 0, 0, 0, 6});
        StoreBe32(&whole[whole.size() - 8], static_cast<std::uint32_t>(length));
      }
      whole.insert(whole.end(), segment.begin(), segment.end());
      BOOST_TEST(TcpChecksum(IpAddress::FromBytes(source), IpAddress::FromBytes(destination),
                             segment) == SlowChecksum(whole));
    }
  }
}

BOOST_AUTO_TEST_CASE(OfUdpZeroIsSentAsItsOtherForm) {
  const IpAddress source = IpAddress::V4(0x0A000001);
  const IpAddress destination = IpAddress::V4(0x0A000002);
  std::uint8_t datagram[10] = {0x10, 0, 0, 53, 0, 10, 0, 0, 0, 0};
  StoreBe16(datagram + 6, UdpChecksum(source, destination, datagram));
  BOOST_TEST(UdpChecksum(source, destination, datagram) == 0xffff);
  // What makes the sum zero makes the checksum 0xffff, for 0 is "none" (RFC 768).
  std::copy_n(datagram + 6, 2, datagram + 8);
  StoreBe16(datagram + 6, 0);
  BOOST_TEST(UdpChecksum(source, destination, datagram) == 0xffff);
}

}  // namespace
}  // namespace tcpcopy
