#include "netstack/wire/tcp_view.h"

#include "netstack/wire/tcp_options.h"

namespace tcpcopy {

Result<TcpView, ParseError> TcpView::Parse(ConstBytes segment, std::size_t length) {
  // Beyond the largest window (RFC 7323 2.3) sequence arithmetic has no meaning; only a nonsensical
  // wire length gets here.
  constexpr std::size_t kMaxSegmentBytes = std::size_t{1} << 30;
  if (length < kMinHeaderBytes || length > kMaxSegmentBytes) return Err(ParseError::kBadTcpHeader);
  if (segment.size() < kMinHeaderBytes) return Err(ParseError::kTruncated);
  const std::size_t header_length = HeaderLength(segment);
  if (header_length < kMinHeaderBytes || header_length > length) {
    return Err(ParseError::kBadTcpHeader);
  }
  if (segment.size() < header_length) return Err(ParseError::kTruncated);
  return TcpView(segment, length);
}

TcpSegment TcpView::ToSegment() const {
  TcpSegment segment;
  segment.source_port = source_port();
  segment.destination_port = destination_port();
  segment.seq = seq();
  segment.ack = ack();
  segment.flags = flags();
  segment.window = window();
  if (header_length() > kMinHeaderBytes) segment.options = ParseTcpOptions(options()).options;
  segment.payload = payload();
  segment.payload_length = static_cast<std::uint32_t>(payload_length());
  return segment;
}

}  // namespace tcpcopy
