// Input: an options field. What was read from a header's worth of it is written and read again.
#include <array>

#include "netstack/base/check.h"
#include "netstack/wire/tcp_options.h"

namespace tcpcopy {
namespace {

void ReadWriteRead(ConstBytes field) {
  TcpOptions options;
  (void)ReadTcpOptions(field, options);
  const std::size_t length = TcpOptionsLength(options);
  TCPCOPY_CHECK(length <= kMaxTcpOptionsBytes && length % 4 == 0);
  std::array<std::uint8_t, kMaxTcpOptionsBytes> buffer{};
  const MutableBytes written = MutableBytes(buffer).first(length);
  WriteTcpOptions(options, written);
  TcpOptions again;
  TCPCOPY_CHECK(ReadTcpOptions(written, again));
  // Only SACK blocks may be missing, for want of room.
  TCPCOPY_CHECK(again.sack_count <= options.sack_count);
  TcpOptions expected = options;
  expected.sack = {};
  expected.sack_count = again.sack_count;
  for (std::size_t i = 0; i < expected.sack_count; ++i) expected.sack[i] = options.sack[i];
  TCPCOPY_CHECK(again == expected);
}

}  // namespace
}  // namespace tcpcopy

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tcpcopy::ReadWriteRead({data, size});
  return 0;
}
