#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "netstack/base/result.h"
#include "netstack/wire/network.h"
#include "src/io/io_error.h"
#include "src/io/packet_source.h"
#include "src/runtime/clock.h"

struct mnl_socket;
struct nlmsghdr;

namespace tcpcopy {

/// IP packets that a rule of the firewall gives to a queue (NFQUEUE): each of them waits in the
/// kernel for our verdict. It goes no further, unless it is sent to one of those who may get it.
/// When this ends, however it ends, the kernel drops what waits; whether further packets pass is up
/// to the rule.
class QueueSource final : public PacketSource {
 public:
  struct Options {
    std::uint16_t number = 0;            // the rule names the same
    std::uint32_t length = 8192;         // packets that may wait; more are dropped and counted
    std::uint32_t snapshot_bytes = 256;  // of each packet; more of it is cut
    std::vector<Network> pass;           // packets to these go their way and are not handed out
  };

  /// `clock` is not owned: it tells when packets were caught. Needs CAP_NET_ADMIN. Errors: that is
  /// missing, or another program has this queue.
  static Result<std::unique_ptr<QueueSource>, IoError> Open(const Clock& clock,
                                                            const Options& options);
  QueueSource(const QueueSource&) = delete;
  QueueSource& operator=(const QueueSource&) = delete;
  ~QueueSource() override;

  /// For packets that are queued from now on.
  void SetSnapshot(std::uint32_t bytes);

  Result<Status, SourceError> Drain(PacketHandler& handler, std::size_t limit) override;
  int PollFd() const override;
  /// As the kernel counts; asks it (some 50 us).
  CaptureStats Stats() const override;
  /// Packets to those who may get them.
  std::uint64_t passed() const { return passed_; }

  /// The counters of a queue in the text of /proc/net/netfilter/nfnetlink_queue; zeros when it is
  /// not there.
  static CaptureStats StatsOf(std::string_view listing, std::uint16_t number);

 private:
  struct Closer {
    void operator()(mnl_socket* socket) const;
  };
  using Socket = std::unique_ptr<mnl_socket, Closer>;

  /// What is said of packets that came one after the other.
  struct Verdict {
    bool drop = true;
    std::uint32_t last_id = 0;
    std::size_t count = 0;  // 0: nothing is to be said
  };

  QueueSource(const Clock& clock, const Options& options, Socket socket);

  Result<void, IoError> Configure();
  int Request(nlmsghdr* message);
  void OnMessage(const nlmsghdr* message, PacketHandler& handler, Verdict& verdict);
  void Say(Verdict& verdict);
  bool MayPass(ConstBytes packet) const;

  const Clock& clock_;
  const Options options_;
  const Socket socket_;
  std::vector<std::uint8_t> buffer_;
  std::uint64_t number_ = 0;
  std::uint64_t passed_ = 0;
};

}  // namespace tcpcopy
