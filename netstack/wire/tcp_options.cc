#include "netstack/wire/tcp_options.h"

#include <algorithm>

#include "netstack/base/check.h"

namespace tcpcopy {
namespace {

enum Kind : std::uint8_t {
  kEndOfList = 0,
  kNop = 1,
  kMss = 2,
  kWindowScale = 3,
  kSackPermitted = 4,
  kSack = 5,
  kTimestamps = 8,
};

constexpr std::size_t kMssBytes = 4;
constexpr std::size_t kWindowScaleBytes = 3;
constexpr std::size_t kSackPermittedBytes = 2;
constexpr std::size_t kTimestampsBytes = 10;
constexpr std::size_t kSackHeadBytes = 2;
constexpr std::size_t kSackBlockBytes = 8;

/// Reads the blocks of one SACK option; `body` begins behind kind and length.
bool ReadSack(ConstBytes body, TcpOptions& options) {
  const std::size_t count = body.size() / kSackBlockBytes;
  if (body.size() % kSackBlockBytes != 0 || count == 0 || count > TcpOptions::kMaxSackBlocks) {
    return false;
  }
  options.sack = {};
  options.sack_count = static_cast<std::uint8_t>(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* block = body.data() + i * kSackBlockBytes;
    options.sack[i] = {SeqNum(LoadBe32(block)), SeqNum(LoadBe32(block + 4))};
  }
  return true;
}

/// Reads one whole option, kind and length included; false when its length does not fit its kind.
bool ReadOption(ConstBytes option, TcpOptions& options) {
  const std::uint8_t* p = option.data();
  switch (p[0]) {
    case kMss:
      if (option.size() != kMssBytes) return false;
      options.mss = LoadBe16(p + 2);
      return true;
    case kWindowScale:
      if (option.size() != kWindowScaleBytes) return false;
      options.window_scale = p[2];
      return true;
    case kSackPermitted:
      if (option.size() != kSackPermittedBytes) return false;
      options.sack_permitted = true;
      return true;
    case kSack:
      return ReadSack(option.subspan(kSackHeadBytes), options);
    case kTimestamps:
      if (option.size() != kTimestampsBytes) return false;
      options.timestamps = TcpTimestamps{LoadBe32(p + 2), LoadBe32(p + 6)};
      return true;
    default:
      return true;
  }
}

/// The lengths of the aligned groups that are written; SACK has what the others leave.
struct Layout {
  explicit Layout(const TcpOptions& options) {
    if (options.mss) fixed += kMssBytes;
    if (options.timestamps) {
      fixed += kTimestampsBytes + 2;  // SACK-permitted or two NOPs fill the group
    } else if (options.sack_permitted) {
      fixed += kSackPermittedBytes + 2;
    }
    if (options.window_scale) fixed += kWindowScaleBytes + 1;
    const std::size_t room = kMaxTcpOptionsBytes - fixed - (kSackHeadBytes + 2);
    sack_blocks = std::min<std::size_t>(options.sack_count, room / kSackBlockBytes);
  }

  std::size_t Length() const {
    return fixed + (sack_blocks == 0 ? 0 : kSackHeadBytes + 2 + sack_blocks * kSackBlockBytes);
  }

  std::size_t fixed = 0;
  std::size_t sack_blocks = 0;
};

std::uint8_t* WriteHead(std::uint8_t* p, Kind kind, std::size_t length) {
  p[0] = kind;
  p[1] = static_cast<std::uint8_t>(length);
  return p + 2;
}

std::uint8_t* WriteNops(std::uint8_t* p, std::size_t count) { return std::fill_n(p, count, kNop); }

}  // namespace

bool ReadAnyTcpOptions(ConstBytes field, TcpOptions& options) {
  while (!field.empty() && field[0] != kEndOfList) {
    std::size_t length = 1;
    if (field[0] != kNop) {
      if (field.size() < 2 || field[1] < 2 || field[1] > field.size() ||
          !ReadOption(field.first(field[1]), options)) {
        return false;
      }
      length = field[1];
    }
    field = field.subspan(length);
  }
  return true;
}

std::size_t TcpOptionsLength(const TcpOptions& options) { return Layout(options).Length(); }

void WriteTcpOptions(const TcpOptions& options, MutableBytes field) {
  const Layout layout(options);
  TCPCOPY_CHECK(options.sack_count <= TcpOptions::kMaxSackBlocks);
  TCPCOPY_CHECK(field.size() == layout.Length());
  std::uint8_t* p = field.data();
  if (options.mss) {
    p = WriteHead(p, kMss, kMssBytes);
    StoreBe16(p, *options.mss);
    p += 2;
  }
  // The groups of RFC 7323 appendix A: receivers have a fast path for just this layout.
  if (options.sack_permitted) {
    if (!options.timestamps) p = WriteNops(p, 2);
    p = WriteHead(p, kSackPermitted, kSackPermittedBytes);
  } else if (options.timestamps) {
    p = WriteNops(p, 2);
  }
  if (options.timestamps) {
    p = WriteHead(p, kTimestamps, kTimestampsBytes);
    StoreBe32(p, options.timestamps->value);
    StoreBe32(p + 4, options.timestamps->echo_reply);
    p += 8;
  }
  if (options.window_scale) {
    p = WriteNops(p, 1);
    p = WriteHead(p, kWindowScale, kWindowScaleBytes);
    *p++ = *options.window_scale;
  }
  if (layout.sack_blocks == 0) return;
  p = WriteNops(p, 2);
  p = WriteHead(p, kSack, kSackHeadBytes + layout.sack_blocks * kSackBlockBytes);
  for (std::size_t i = 0; i < layout.sack_blocks; ++i, p += kSackBlockBytes) {
    StoreBe32(p, options.sack[i].left.raw());
    StoreBe32(p + 4, options.sack[i].right.raw());
  }
}

}  // namespace tcpcopy
