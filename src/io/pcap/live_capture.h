#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "netstack/base/result.h"
#include "src/io/packet_source.h"

struct pcap;

namespace tcpcopy {

/// What to capture, and how the kernel holds it until it is read. The defaults suit the client
/// side: whole packets, handed over in blocks.
struct LiveOptions {
  /// For headers of replies that are to be answered at once: packets wait for no block to fill.
  static LiveOptions ForReplies(std::string interface, std::string bpf_filter);
  /// Their `buffer_bytes`: 11,000 packets, a quarter of a second of the answers to 15,000 short
  /// connections a second.
  static constexpr int kReplyBuffer = 4 << 20;

  std::string interface = "any";  // "any": all of them
  std::string bpf_filter;         // pcap-filter(7); empty: everything
  int snapshot_bytes = 262144;    // of each packet; more of it is cut
  int buffer_bytes = 16 << 20;    // in the kernel; what does not fit is lost and counted
  /// Deliver each packet when it arrives. Each then takes `snapshot_bytes` of the buffer, however
  /// short it is, so that must be small. Otherwise a packet waits for its block: 5 ms at most.
  bool immediate = false;
  bool incoming_only = true;
  bool promiscuous = false;  // for a mirror port: frames to other hosts, too; not with "any"
};

/// Packets of a network interface, through libpcap. Needs CAP_NET_RAW.
class LiveCapture final : public PacketSource {
 public:
  /// Errors, one line that names the interface: there is none of that name (and which there are),
  /// a missing privilege, a bad filter, a link type that we do not read.
  static Result<std::unique_ptr<LiveCapture>, SourceError> Open(const LiveOptions& options);

  LiveCapture(const LiveCapture&) = delete;
  LiveCapture& operator=(const LiveCapture&) = delete;
  ~LiveCapture() override;

  /// From now on captures what another filter lets pass; takes effect at once, and misses packets
  /// for some microseconds. Whoever wants those that were captured before drains first. On an error
  /// the old one stays.
  Result<void, SourceError> SetFilter(const std::string& bpf_filter);

  /// An interface that disappears is an error; one that goes down only falls silent. The kernel
  /// tells of both with one signal that comes before the disappearing is complete, so whoever wants
  /// to know calls this once in a while (each second), too.
  Result<Status, SourceError> Drain(PacketHandler& handler, std::size_t limit) override;
  int PollFd() const override { return poll_fd_; }
  CaptureStats Stats() const override;

  LinkType link() const { return link_; }

 private:
  struct Closer {
    void operator()(pcap* handle) const;
  };
  using Handle = std::unique_ptr<pcap, Closer>;

  LiveCapture(std::string interface, Handle handle, LinkType link, int poll_fd);

  static Result<Handle, SourceError> Activate(const LiveOptions& options);

  const std::string interface_;
  const std::uint32_t index_;  // the interface's; 0: all
  const Handle handle_;
  const LinkType link_;
  const int poll_fd_;
  std::uint64_t number_ = 0;
  /// libpcap counts in 32 bits; these are as seen last, and the 64-bit sums.
  struct Counter {
    std::uint32_t seen = 0;
    std::uint64_t total = 0;
    std::uint64_t Advance(std::uint32_t now);
  };
  mutable Counter received_;
  mutable Counter dropped_by_kernel_;
  mutable Counter dropped_by_interface_;
};

}  // namespace tcpcopy
