#include "tests/io/uring/cut_gso.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstring>

#include "tests/netstack/wire/slow_checksum.h"

namespace tcpcopy::testing {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::uint16_t NativeWord(ConstBytes bytes, std::size_t at) {
  std::uint16_t word = 0;
  std::memcpy(&word, bytes.data() + at, sizeof word);
  return word;
}

std::uint32_t PseudoSum(ConstBytes ip, bool v4, std::size_t segment_bytes) {
  const ConstBytes addresses = v4 ? ip.subspan(12, 8) : ip.subspan(8, 32);
  return SlowSum(static_cast<std::uint32_t>(6 + segment_bytes), addresses);
}

}  // namespace

std::vector<Bytes> CutGso(ConstBytes message) {
  const ConstBytes frame = message.subspan(10);
  const std::uint8_t flags = message[0], type = message[1];
  const std::size_t header_bytes = NativeWord(message, 2), size = NativeWord(message, 4);
  const std::size_t tcp_at = NativeWord(message, 6), checksum_at = NativeWord(message, 8);
  if (type == 0) {
    BOOST_TEST(std::ranges::all_of(message.first(10), [](std::uint8_t byte) { return byte == 0; }));
    return {Bytes(frame.begin(), frame.end())};
  }
  const bool v4 = type == 1;
  const std::size_t ip_at = tcp_at - (v4 ? 20 : 40);
  BOOST_TEST((v4 || type == 4));
  BOOST_TEST(flags == 1);
  BOOST_TEST(checksum_at == 16U);
  BOOST_TEST(header_bytes == tcp_at + frame[tcp_at + 12] / 16U * 4);
  // Devices that cut rely on these.
  const ConstBytes whole_ip = frame.subspan(ip_at);
  BOOST_TEST(LoadBe16(&whole_ip[v4 ? 2 : 4]) == whole_ip.size() - (v4 ? 0 : 40));
  if (v4) BOOST_TEST(SlowSum(0, whole_ip.first(20)) == 0xffffU);
  BOOST_TEST(LoadBe16(&frame[tcp_at + 16]) == PseudoSum(whole_ip, v4, frame.size() - tcp_at));

  std::vector<Bytes> frames;
  for (std::size_t done = 0; header_bytes + done < frame.size(); done += size) {
    const ConstBytes payload = frame.subspan(header_bytes + done);
    const bool is_last = payload.size() <= size;
    Bytes one(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(header_bytes));
    one.insert(one.end(), payload.begin(),
               payload.begin() + static_cast<std::ptrdiff_t>(std::min(size, payload.size())));
    std::uint8_t* const ip = &one[ip_at];
    std::uint8_t* const tcp = &one[tcp_at];
    const std::size_t ip_bytes = one.size() - ip_at;
    StoreBe16(ip + (v4 ? 2 : 4), static_cast<std::uint16_t>(ip_bytes - (v4 ? 0 : 40)));
    if (v4) {
      StoreBe16(ip + 4, static_cast<std::uint16_t>(LoadBe16(ip + 4) + frames.size()));
      StoreBe16(ip + 10, 0);
      StoreBe16(ip + 10, static_cast<std::uint16_t>(~SlowSum(0, {ip, 20})));
    }
    StoreBe32(tcp + 4, static_cast<std::uint32_t>(LoadBe32(tcp + 4) + done));
    if (!is_last) tcp[13] &= static_cast<std::uint8_t>(~0x09);  // PSH and FIN are of the last one
    StoreBe16(tcp + 16, 0);
    const ConstBytes segment(tcp, one.size() - tcp_at);
    StoreBe16(tcp + 16, static_cast<std::uint16_t>(
                            ~SlowSum(PseudoSum({ip, ip_bytes}, v4, segment.size()), segment)));
    frames.push_back(std::move(one));
  }
  return frames;
}

}  // namespace tcpcopy::testing
