#pragma once

#include <cstdint>
#include <string>

#include "netstack/base/bytes.h"
#include "netstack/base/result.h"
#include "netstack/base/time.h"
#include "netstack/wire/link_type.h"

namespace tcpcopy {

/// One frame as the capture gave it. Non-owning: dies when the handler returns.
struct CapturedPacket {
  ConstBytes bytes;
  LinkType link = LinkType::kEthernet;
  std::size_t wire_length = 0;  // bytes on the wire, >= bytes.size()
  Duration captured_at{0};      // since the Unix epoch
  std::uint64_t number = 0;     // 1 is the first packet of the source, or of its file
  std::uint32_t interface = 0;  // index of the one that saw it; 0 when the capture does not tell
  std::uint16_t carrier = 0;    // who of a ReplyPath brought it; 0: captured here
  std::uint16_t file = 0;       // of several files, the place of the one it is from
  Instant due = kNever;         // when it was to be given to the handler; kNever: as it comes
};

/// Takes the packets of a source.
class PacketHandler {
 public:
  virtual void OnPacket(const CapturedPacket& packet) = 0;

 protected:
  ~PacketHandler() = default;
};

/// What became of packets before they reached us.
struct CaptureStats {
  std::uint64_t received = 0;           // seen by the kernel's filter
  std::uint64_t dropped_by_kernel = 0;  // the capture buffer was full
  std::uint64_t dropped_by_interface = 0;

  CaptureStats& operator+=(const CaptureStats& other) {
    received += other.received;
    dropped_by_kernel += other.dropped_by_kernel;
    dropped_by_interface += other.dropped_by_interface;
    return *this;
  }
};

/// A source that cannot go on; `message` is one line for the user.
struct SourceError {
  std::string message;
};

/// Where packets come from. Implementations: live capture, capture files, test doubles.
class PacketSource {
 public:
  enum class Status {
    kMore,  // the limit was reached; there may be more at once
    kIdle,  // nothing more for now
    kEnd,   // nothing more ever
  };

  virtual ~PacketSource() = default;

  /// Hands at most `limit` packets to `handler`, without blocking.
  virtual Result<Status, SourceError> Drain(PacketHandler& handler, std::size_t limit) = 0;

  /// Readable when there may be packets; -1 when there is nothing to wait on (a file). Constant,
  /// but where a gate lets the source wait (PacketPump): there, what the last kIdle waits for.
  virtual int PollFd() const { return -1; }

  /// When a packet that is already known becomes due (a paced file); `kNever` otherwise.
  virtual Instant NextDue() const { return kNever; }

  virtual CaptureStats Stats() const { return {}; }
};

}  // namespace tcpcopy
