#include "src/io/intercept/frame.h"

#include <algorithm>

#include "netstack/base/check.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kTypeBytes = 1;

}  // namespace

void FrameReader::Feed(ConstBytes bytes) {
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(head_));
  head_ = 0;
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

Result<std::optional<ReceivedFrame>, FrameError> FrameReader::Next() {
  const ConstBytes rest = ConstBytes(bytes_).subspan(head_);
  if (rest.size() < kLengthBytes) return std::nullopt;
  const std::size_t length = LoadBe32(rest.data());
  if (length == 0) return Err(FrameError::kEmpty);
  if (length > max_length_) return Err(FrameError::kTooLong);
  if (rest.size() < kLengthBytes + length) return std::nullopt;
  head_ += kLengthBytes + length;
  return ReceivedFrame{static_cast<FrameType>(rest[kLengthBytes]),
                       rest.subspan(kFrameHeaderBytes, length - kTypeBytes)};
}

void FrameWriter::Write(FrameType type, ConstBytes body) {
  TCPCOPY_CHECK(body.size() + kTypeBytes <= kMaxFrameLength);
  const MutableBytes room = out_.Add(kFrameHeaderBytes + body.size());
  StoreBe32(room.data(), static_cast<std::uint32_t>(kTypeBytes + body.size()));
  room[kLengthBytes] = static_cast<std::uint8_t>(type);
  std::ranges::copy(body, room.begin() + kFrameHeaderBytes);
  last_length_ = 0;
}

MutableBytes FrameWriter::Extend(FrameType type, std::size_t bytes) {
  TCPCOPY_CHECK(bytes + kTypeBytes <= kMaxFrameLength);
  const bool same = last_length_ > 0 && last_type_ == type && last_length_ < kFullFrameLength &&
                    last_length_ + bytes <= kMaxFrameLength;
  if (!same || out_.At(last_position_, kLengthBytes).empty()) {
    last_position_ = out_.end();
    Write(type, {});
    last_type_ = type;
    last_length_ = kTypeBytes;
    ++batches_;
  }
  const MutableBytes room = out_.Add(bytes);
  last_length_ += bytes;
  StoreBe32(out_.At(last_position_, kLengthBytes).data(), static_cast<std::uint32_t>(last_length_));
  return room;
}

}  // namespace tcpcopy
