#include "netstack/wire/tcp_view.h"

#include "netstack/wire/tcp_options.h"

namespace tcpcopy {

void TcpView::Fill(TcpSegment& segment) const {
  segment.source_port = source_port();
  segment.destination_port = destination_port();
  segment.seq = seq();
  segment.ack = ack();
  segment.flags = flags();
  segment.window = window();
  if (header_length() > kMinHeaderBytes) ReadTcpOptions(options(), segment.options);
  segment.payload = payload();
  segment.payload_length = static_cast<std::uint32_t>(payload_length());
}

}  // namespace tcpcopy
