#include "src/io/pcap/link_types.h"

#include <fmt/format.h>
#include <pcap/pcap.h>

namespace tcpcopy {
namespace {

struct Entry {
  int dlt;
  LinkType link;
};

constexpr int kRawOfOpenBsd = 14;  // has no name in libpcap
constexpr Entry kLinkTypes[] = {
    {DLT_NULL, LinkType::kNull},
    {DLT_EN10MB, LinkType::kEthernet},
    {DLT_PPP, LinkType::kPpp},
    {DLT_PPP_SERIAL, LinkType::kPpp},
    {DLT_PPP_ETHER, LinkType::kPppoeSession},
    {DLT_RAW, LinkType::kRawIp},
    {kRawOfOpenBsd, LinkType::kRawIp},
    {DLT_C_HDLC, LinkType::kCiscoHdlc},
    {DLT_LOOP, LinkType::kLoop},
    {DLT_LINUX_SLL, LinkType::kLinuxSll},
    {DLT_MPLS, LinkType::kMpls},
    {DLT_IPV4, LinkType::kIpv4},
    {DLT_IPV6, LinkType::kIpv6},
    {DLT_LINUX_SLL2, LinkType::kLinuxSll2},
};

std::string NameOf(int dlt) {
  const char* const name = pcap_datalink_val_to_name(dlt);
  return name != nullptr ? name : std::to_string(dlt);
}

}  // namespace

std::optional<LinkType> LinkTypeFromDlt(int dlt) {
  for (const Entry& entry : kLinkTypes) {
    if (entry.dlt == dlt) return entry.link;
  }
  return std::nullopt;
}

std::string UnsupportedLinkType(int dlt) {
  std::string supported;
  for (const Entry& entry : kLinkTypes) {
    if (entry.dlt == kRawOfOpenBsd) continue;
    if (!supported.empty()) supported += ", ";
    supported += NameOf(entry.dlt);
  }
  return fmt::format("link type {} is not supported (supported: {})", NameOf(dlt), supported);
}

}  // namespace tcpcopy
