#pragma once

#include <string>

#include "src/replay/client_stream.h"

namespace tcpcopy::testing {

/// A captured client, segment by segment, in the order in which the capture shows it, and the
/// stream that is made of it.
struct StreamClient final : ClientStream::ByteSink {
  static constexpr std::uint32_t kIss = 1000;
  static constexpr std::uint32_t kProductionIss = 5000;

  explicit StreamClient(std::uint32_t iss_value = kIss, std::size_t blocks = 256)
      : iss(iss_value), pool(blocks * BlockPool::kBlockBytes), stream(Syn(), memory) {}

  bool Append(ConstBytes more) override {
    if (refuse) return false;
    bytes.append(more.begin(), more.end());
    return true;
  }
  std::uint64_t CountDifferentAt(std::uint64_t offset, ConstBytes other) const override {
    return CountDifferent(AsBytes(bytes).subspan(offset), other);
  }

  static ConstBytes AsBytes(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
  }
  TcpSegment Syn() const {
    TcpSegment segment;
    segment.seq = SeqNum(iss);
    segment.flags.bits = TcpFlags::kSyn;
    return segment;
  }
  /// `offset` in the stream; `answered` response bytes seen.
  ClientStream::Verdict Says(std::uint32_t offset, const std::string& text,
                             std::uint32_t answered = 0, std::uint8_t more_flags = 0,
                             std::uint32_t cut = 0) {
    TcpSegment segment;
    segment.seq = SeqNum(iss + 1 + offset);
    segment.ack = SeqNum(kProductionIss + 1 + answered);
    segment.flags.bits = static_cast<std::uint8_t>(TcpFlags::kAck | more_flags);
    segment.options.timestamps = timestamps;
    segment.payload = AsBytes(text).first(text.size() - cut);
    segment.payload_length = static_cast<std::uint32_t>(text.size());
    return stream.OnSegment(segment, *this);
  }

  const std::uint32_t iss;
  BlockPool pool;
  StreamMemory memory{pool};
  std::string bytes;
  bool refuse = false;
  std::optional<TcpTimestamps> timestamps;  // of the next segments
  ClientStream stream;
};

}  // namespace tcpcopy::testing
