#include "netstack/wire/udp_view.h"

#include <algorithm>

namespace tcpcopy {

Result<UdpView, ParseError> UdpView::Parse(ConstBytes datagram, std::size_t length) {
  if (length < kHeaderBytes) return Err(ParseError::kBadUdpHeader);
  if (datagram.size() < kHeaderBytes) return Err(ParseError::kTruncated);
  const std::size_t told = LoadBe16(datagram.data() + 4);
  if (told == 0) return UdpView(datagram, length);
  if (told < kHeaderBytes || told > length) return Err(ParseError::kBadUdpHeader);
  return UdpView(datagram.first(std::min(datagram.size(), told)), told);
}

}  // namespace tcpcopy
