#pragma once

#include "netstack/base/prng.h"
#include "netstack/wire/tcp_segment.h"
#include "tests/sim/session_script.h"

namespace tcpcopy::sim {

/// Writes down the client's side of a session as its capture shows it: `script.packets`.
class ClientRecorder {
 public:
  ClientRecorder(SessionScript& script, Prng prng);

  void Record();

 private:
  bool Happens(unsigned share) { return share > 0 && prng_.Below(1000) < share; }
  void Pass(std::uint64_t most_us);
  void Syn();
  void Say(const std::string& request);
  void Retransmit();
  void KeepAlive();
  void End();
  void Emit(std::uint8_t flags, const std::string& text);
  void Write(SeqNum seq, std::uint8_t flags, const TcpOptions& options, const std::string& text);

  // What the capture makes of it.
  void Lose();
  void Swap();
  void Duplicate();

  SessionScript& script_;
  Prng prng_;
  Duration now_;
  const std::string bytes_;  // the client's whole stream
  const std::uint32_t production_iss_;
  const std::size_t largest_;
  std::uint32_t sent_ = 0;
  std::uint32_t turn_began_ = 0;  // offset
  std::uint32_t answered_ = 0;
};

}  // namespace tcpcopy::sim
