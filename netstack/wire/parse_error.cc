#include "netstack/wire/parse_error.h"

namespace tcpcopy {

std::string_view ToString(ParseError error) {
  switch (error) {
    case ParseError::kTruncated:
      return "cut within a header";
    case ParseError::kUnsupportedLinkType:
      return "unsupported link type";
    case ParseError::kNotIp:
      return "not IP";
    case ParseError::kNotTcp:
      return "not TCP";
    case ParseError::kNotUdp:
      return "not UDP";
    case ParseError::kFragment:
      return "IP fragment";
    case ParseError::kBadIpHeader:
      return "bad IP header";
    case ParseError::kBadTcpHeader:
      return "bad TCP header";
    case ParseError::kBadUdpHeader:
      return "bad UDP header";
    case ParseError::kCount:
      break;
  }
  return "unknown";
}

}  // namespace tcpcopy
