#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "netstack/base/result.h"
#include "netstack/wire/endpoint.h"
#include "netstack/wire/transport.h"
#include "src/io/host/port_range.h"
#include "src/io/io_error.h"
#include "src/io/nftables/nft_session.h"

namespace tcpcopy {

/// Which packets from a target are kept from this host's own TCP or UDP, which knows nothing of
/// what is replayed and would answer with RST or ICMP "port unreachable". Captures see them all the
/// same.
struct GuardRule {
  enum class Kind {
    kOwnPorts,  // packets to `destination`, and there to `ports`
    kNotLocal,  // those to `destination` that are not this host's: it would forward them
  };

  Endpoint target;  // where they come from; port 0: from any
  Kind kind = Kind::kOwnPorts;
  IpAddress destination;         // of the family of `target`
  int prefix_length = 0;         // bits of `destination` that count; 0: any address
  std::vector<PortRange> ports;  // of kOwnPorts; empty: any port
  Transport transport = Transport::kTcp;
};

/// An nftables table of our own, `tcpcopy_<pid>`, that drops what its rules say. It belongs to this
/// process: the kernel (from 5.12) removes it when the process ends, however it ends. On an older
/// kernel a killed process leaves it behind, and the next one to install a guard removes it.
/// A process that forks to the background installs it afterwards.
class Guard {
 public:
  /// All rules or none. Needs CAP_NET_ADMIN; the error says so. `rules` must not be empty.
  static Result<std::unique_ptr<Guard>, IoError> Install(const std::vector<GuardRule>& rules);

  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
  /// Removes the table.
  ~Guard();

  /// Packets dropped so far; asks the kernel (some 100 us).
  std::uint64_t dropped() const;
  const std::string& table() const { return table_; }

  /// What `Install` gives to nftables. `owned`: the kernel removes the table with the process.
  static std::string TableText(const std::string& table, bool owned,
                               const std::vector<GuardRule>& rules);
  /// One rule of it, without a line end.
  static std::string RuleText(const GuardRule& rule);
  /// For UDP, one more before it: of a datagram in pieces only the first tells the ports, so it is
  /// remembered, and the others are dropped by `LaterPiecesText`. They would wait for the first one
  /// in the kernel, and could take all of the room that it has for fragments.
  static std::string FirstPieceText(const GuardRule& rule);
  static std::string LaterPiecesText(IpFamily family);
  /// The packets in the kernel's listing of a counter; 0 when there are none.
  static std::uint64_t PacketsOf(std::string_view counter_listing);
  /// Our tables in a listing of tables whose process is not `alive`.
  static std::vector<std::string> LeftOverTables(std::string_view listing,
                                                 const std::function<bool(int pid)>& alive);

 private:
  Guard(std::unique_ptr<NftSession> nft, std::string table);

  const std::unique_ptr<NftSession> nft_;  // the table belongs to it
  const std::string table_;
};

}  // namespace tcpcopy
