#include "src/io/pcap/live_capture.h"

#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <sys/socket.h>

#include <algorithm>
#include <climits>
#include <string_view>
#include <utility>

#include "src/io/io_error.h"
#include "src/io/pcap/link_types.h"

namespace tcpcopy {
namespace {

// A block is closed when it is full or this old, however little it holds. 16 MB are 64 blocks, so
// this times 64 is how long the process may be kept from reading before anything is lost at low
// rates.
constexpr int kBlockTimeoutMs = 5;
constexpr int kReplySnapshotBytes = 256;  // link, IP and TCP headers at their longest

tl::unexpected<SourceError> Failed(const std::string& interface, std::string_view reason) {
  return Err(SourceError{fmt::format("interface {}: {}", interface, reason)});
}

std::string ExistingInterfaces() {
  char ignored[PCAP_ERRBUF_SIZE];
  pcap_if_t* first = nullptr;
  std::string names;
  if (pcap_findalldevs(&first, ignored) != 0) return names;
  for (const pcap_if_t* each = first; each != nullptr; each = each->next) {
    // libpcap also lists buses and log channels, which carry no IP.
    const std::string_view name = each->name;
    const bool carries_ip = !name.starts_with("bluetooth") && !name.starts_with("usbmon") &&
                            !name.starts_with("nf") && !name.starts_with("dbus");
    if (!carries_ip) continue;
    if (!names.empty()) names += ", ";
    names += name;
  }
  pcap_freealldevs(first);
  return names;
}

std::string ActivationError(pcap* handle, int status) {
  switch (status) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
      return fmt::format("there is no such interface; there are: {}", ExistingInterfaces());
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
      return MissingCapability("cannot capture", "CAP_NET_RAW").message;
    case PCAP_ERROR_IFACE_NOT_UP:
      return "is not up";
    default: {
      const std::string_view detail = pcap_geterr(handle);
      return std::string(detail.empty() ? pcap_statustostr(status) : detail);
    }
  }
}

/// libpcap leaves outgoing packets out itself, after they took room in the buffer; the kernel (from
/// 4.20) does not even copy them, which makes every send of this host cheaper, too.
void IgnoreOutgoing(pcap* handle) {
  const int on = 1;
  setsockopt(pcap_fileno(handle), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
}

Result<void, SourceError> ApplyFilter(pcap* handle, const std::string& interface,
                                      const std::string& filter) {
  bpf_program program{};
  if (pcap_compile(handle, &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    return Failed(interface, fmt::format("filter '{}': {}", filter, pcap_geterr(handle)));
  }
  const int set = pcap_setfilter(handle, &program);
  pcap_freecode(&program);
  if (set != 0) return Failed(interface, pcap_geterr(handle));
  return {};
}

/// What `pcap_dispatch` hands to the callback below.
struct Delivery {
  PacketHandler& handler;
  LinkType link;
  std::uint64_t& number;
  bool nanoseconds;
  std::uint32_t interface;  // 0: of all
};

/// The one that is captured on; of a capture of all only SLL2 tells.
std::uint32_t InterfaceOf(const Delivery& delivery, ConstBytes frame) {
  constexpr std::size_t kIndexAt = 4;
  if (delivery.interface != 0) return delivery.interface;
  if (delivery.link != LinkType::kLinuxSll2 || frame.size() < kIndexAt + 4) return 0;
  return LoadBe32(frame.data() + kIndexAt);
}

void Deliver(u_char* user, const pcap_pkthdr* header, const u_char* bytes) {
  const Delivery& delivery = *static_cast<const Delivery*>(static_cast<void*>(user));
  const Duration fraction = delivery.nanoseconds
                                ? Duration(header->ts.tv_usec)
                                : Duration(std::chrono::microseconds(header->ts.tv_usec));
  const ConstBytes frame{bytes, header->caplen};
  delivery.handler.OnPacket({.bytes = frame,
                             .link = delivery.link,
                             .wire_length = std::max(header->len, header->caplen),
                             .captured_at = std::chrono::seconds(header->ts.tv_sec) + fraction,
                             .number = ++delivery.number,
                             .interface = InterfaceOf(delivery, frame)});
}

}  // namespace

LiveOptions LiveOptions::ForReplies(std::string interface, std::string bpf_filter) {
  LiveOptions options;
  options.interface = std::move(interface);
  options.bpf_filter = std::move(bpf_filter);
  options.snapshot_bytes = kReplySnapshotBytes;
  options.buffer_bytes = kReplyBuffer;
  options.immediate = true;
  return options;
}

void LiveCapture::Closer::operator()(pcap* handle) const { pcap_close(handle); }

Result<LiveCapture::Handle, SourceError> LiveCapture::Activate(const LiveOptions& options) {
  char reason[PCAP_ERRBUF_SIZE] = {};
  Handle handle(pcap_create(options.interface.c_str(), reason));
  if (!handle) return Failed(options.interface, reason);
  pcap_set_snaplen(handle.get(), options.snapshot_bytes);
  pcap_set_buffer_size(handle.get(), options.buffer_bytes);
  pcap_set_timeout(handle.get(), kBlockTimeoutMs);
  pcap_set_immediate_mode(handle.get(), options.immediate ? 1 : 0);
  pcap_set_promisc(handle.get(), options.promiscuous ? 1 : 0);
  // Where it is refused, there are microseconds.
  pcap_set_tstamp_precision(handle.get(), PCAP_TSTAMP_PRECISION_NANO);
  const int status = pcap_activate(handle.get());
  if (status < 0) return Failed(options.interface, ActivationError(handle.get(), status));
  return handle;
}

Result<std::unique_ptr<LiveCapture>, SourceError> LiveCapture::Open(const LiveOptions& options) {
  Result<Handle, SourceError> handle = Activate(options);
  if (!handle) return Err(std::move(handle.error()));
  pcap* const capture = handle->get();

  // Of all interfaces, if it can, with the index of each packet's; else it stays as it is.
  if (options.interface == "any") pcap_set_datalink(capture, DLT_LINUX_SLL2);
  const int dlt = pcap_datalink(capture);
  const std::optional<LinkType> link = LinkTypeFromDlt(dlt);
  if (!link) return Failed(options.interface, UnsupportedLinkType(dlt));

  if (auto set = ApplyFilter(capture, options.interface, options.bpf_filter); !set) {
    return Err(std::move(set.error()));
  }
  char reason[PCAP_ERRBUF_SIZE] = {};
  if (options.incoming_only && pcap_setdirection(capture, PCAP_D_IN) != 0) {
    return Failed(options.interface, pcap_geterr(capture));
  }
  if (options.incoming_only) IgnoreOutgoing(capture);
  if (pcap_setnonblock(capture, 1, reason) != 0) return Failed(options.interface, reason);
  const int poll_fd = pcap_get_selectable_fd(capture);
  if (poll_fd < 0) return Failed(options.interface, "cannot be waited for");
  return std::unique_ptr<LiveCapture>(
      new LiveCapture(options.interface, *std::move(handle), *link, poll_fd));
}

LiveCapture::LiveCapture(std::string interface, Handle handle, LinkType link, int poll_fd)
    : interface_(std::move(interface)),
      index_(interface_ == "any" ? 0 : if_nametoindex(interface_.c_str())),
      handle_(std::move(handle)),
      link_(link),
      poll_fd_(poll_fd) {}

LiveCapture::~LiveCapture() = default;

Result<void, SourceError> LiveCapture::SetFilter(const std::string& bpf_filter) {
  return ApplyFilter(handle_.get(), interface_, bpf_filter);
}

Result<PacketSource::Status, SourceError> LiveCapture::Drain(PacketHandler& handler,
                                                             std::size_t limit) {
  if (limit == 0) return Status::kMore;  // libpcap takes 0 for "no limit"
  const bool nanoseconds = pcap_get_tstamp_precision(handle_.get()) == PCAP_TSTAMP_PRECISION_NANO;
  Delivery delivery{handler, link_, number_, nanoseconds, index_};
  const int most = static_cast<int>(std::min<std::size_t>(limit, INT_MAX));
  const int count = pcap_dispatch(handle_.get(), most, Deliver,
                                  static_cast<u_char*>(static_cast<void*>(&delivery)));
  if (count < 0) return Failed(interface_, pcap_geterr(handle_.get()));
  return count == most ? Status::kMore : Status::kIdle;
}

std::uint64_t LiveCapture::Counter::Advance(std::uint32_t now) {
  total += now - seen;  // right across one wrap-around
  seen = now;
  return total;
}

CaptureStats LiveCapture::Stats() const {
  pcap_stat stat{};
  // Not to be told is no reason to lose the sums so far.
  if (pcap_stats(handle_.get(), &stat) != 0) {
    return {received_.total, dropped_by_kernel_.total, dropped_by_interface_.total};
  }
  return {received_.Advance(stat.ps_recv), dropped_by_kernel_.Advance(stat.ps_drop),
          dropped_by_interface_.Advance(stat.ps_ifdrop)};
}

}  // namespace tcpcopy
