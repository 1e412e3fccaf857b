#pragma once

#include <optional>
#include <string>

#include "src/app/options/channel_options.h"
#include "src/diagnosis/evidence.h"
#include "src/diagnosis/question.h"
#include "src/io/intercept/reply_channels.h"
#include "src/replay/target_map.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// The doctor's conversation with one intercept: it is asked to watch probes on its host and, if it
/// is one of -s, brings the target's answers as it would in a replay.
class Contact final : private PacketHandler {
 public:
  /// `loop` is not owned and must outlive it. `only_asked`: it brings nothing (--ask).
  Contact(EventLoop& loop, const ChannelOptions& options, const Endpoint& intercept,
          bool only_asked, const TargetMap& targets);
  Contact(const Contact&) = delete;
  Contact& operator=(const Contact&) = delete;

  void Start() { channels_.Start(); }
  /// It takes us, or something has said why not.
  bool settled() const { return evidence_.state == InterceptEvidence::State::kUp || failed_; }
  bool up() const { return channels_.up() > 0; }
  bool only_asked() const { return evidence_.only_asked; }
  const Endpoint& address() const { return evidence_.address; }
  /// Without the ordinary connections, which are not its business.
  const InterceptEvidence& evidence() const { return evidence_; }

  /// Asks it to watch `probe`, and for the answers to it.
  void Watch(const FlowKey& probe);
  /// Asks what it has seen of it.
  void AskForReport();
  /// It has answered what it was asked last, or cannot be asked.
  bool answered() const { return !up() || answered_ == asked_; }
  /// What it has reported.
  const std::optional<Observation>& seen() const { return seen_; }
  /// Whether it has brought the target's SYN-ACK.
  bool brought() const { return brought_; }
  /// Why it cannot watch probes; empty: nothing is known against it.
  const std::string& blind() const { return blind_; }
  /// Nobody waits for answers to the probe any more.
  void Withdraw();

 private:
  void Ask(Question::Kind kind);
  void OnTrouble(const std::string& line);
  void OnAnswer(const std::string& text);
  void OnPacket(const CapturedPacket& packet) override;

  InterceptEvidence evidence_;
  bool failed_ = false;
  FlowKey probe_;
  std::uint32_t asked_ = 0;     // the number of the last question; 0: none
  std::uint32_t answered_ = 0;  // of the last answer
  std::optional<Observation> seen_;
  std::string blind_;
  bool brought_ = false;
  ReplyChannels channels_;
};

}  // namespace tcpcopy
