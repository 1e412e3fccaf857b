#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "netstack/base/bytes.h"
#include "netstack/base/result.h"
#include "src/io/intercept/out_buffer.h"

namespace tcpcopy {

/// What a frame of our own protocol is. Types that are not listed are skipped by the reader, so
/// that a later version may add some.
enum class FrameType : std::uint8_t {
  kHello = 1,
  kProof = 2,
  kRefuse = 3,
  kTargets = 4,
  kAnnounce = 5,
  kWithdraw = 6,
  kReplies = 7,
  kHeartbeat = 8,
  kQuestion = 9,
  kAnswer = 10,
};

/// Length and type stand before each frame's body; the length counts the type and the body.
inline constexpr std::size_t kFrameHeaderBytes = 5;
/// The greatest length that a frame may give itself.
inline constexpr std::size_t kMaxFrameLength = 1024 * 1024;
/// The same while it is not yet known with whom one speaks.
inline constexpr std::size_t kMaxFirstFrameLength = 4096;
/// A frame of records this long takes no more of them.
inline constexpr std::size_t kFullFrameLength = 64 * 1024;

/// A frame as it came. Non-owning: dies when the reader is fed again.
struct ReceivedFrame {
  FrameType type = FrameType::kHello;  // may be a value that is not listed
  ConstBytes body;
};

/// A length that no frame can have: nothing behind it can be read.
enum class FrameError {
  kEmpty,    // 0; so begins the classic protocol
  kTooLong,  // more than is allowed
};

/// Cuts a stream of bytes into frames. Memory grows with what has come, never with what a length
/// promises.
class FrameReader {
 public:
  explicit FrameReader(std::size_t max_length) : max_length_(max_length) {}

  void set_max_length(std::size_t max_length) { max_length_ = max_length; }

  void Feed(ConstBytes bytes);
  /// The next frame, or none until more is fed. After an error there is nothing more.
  Result<std::optional<ReceivedFrame>, FrameError> Next();

 private:
  std::size_t max_length_;
  std::vector<std::uint8_t> bytes_;
  std::size_t head_ = 0;  // bytes of `bytes_` that were handed out
};

/// Puts frames into an `OutBuffer`.
class FrameWriter {
 public:
  /// `out` is not owned and must outlive it; nobody else adds to it.
  explicit FrameWriter(OutBuffer& out) : out_(out) {}

  void Write(FrameType type, ConstBytes body);

  /// Room for a record of `bytes` bytes at the end of the last frame, when that is of `type`, not
  /// full and not yet on its way; otherwise in a new frame. So records that gather are one frame,
  /// and none waits for another.
  MutableBytes Extend(FrameType type, std::size_t bytes);

  OutBuffer& out() { return out_; }
  /// Frames begun by `Extend`.
  std::uint64_t batches() const { return batches_; }

 private:
  OutBuffer& out_;
  // The last frame.
  FrameType last_type_ = FrameType::kHello;
  std::size_t last_length_ = 0;  // as in its header; 0: it takes no records
  std::uint64_t last_position_ = 0;
  std::uint64_t batches_ = 0;
};

}  // namespace tcpcopy
