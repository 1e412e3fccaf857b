#include "netstack/trace/segment_text.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

namespace tcpcopy {
namespace {

struct FlagLetter {
  std::uint8_t flag;
  char letter;
};

constexpr FlagLetter kFlagLetters[] = {
    {TcpFlags::kSyn, 'S'}, {TcpFlags::kFin, 'F'}, {TcpFlags::kRst, 'R'}, {TcpFlags::kPsh, 'P'},
    {TcpFlags::kAck, 'A'}, {TcpFlags::kUrg, 'U'}, {0x40, 'E'},           {0x80, 'W'},  // RFC 3168
};

void AppendFlags(TcpFlags flags, std::string& text) {
  if (flags.bits == 0) text += '-';
  for (const FlagLetter& entry : kFlagLetters) {
    if (flags.Has(entry.flag)) text += entry.letter;
  }
}

void AppendOptions(const TcpOptions& options, std::string& text) {
  std::string_view separator = " <";
  const auto next = [&] {
    text += separator;
    separator = ",";
    return std::back_inserter(text);
  };
  if (options.mss) fmt::format_to(next(), "mss {}", *options.mss);
  if (options.window_scale) fmt::format_to(next(), "ws {}", *options.window_scale);
  if (options.sack_permitted) fmt::format_to(next(), "sackok");
  if (options.timestamps) {
    fmt::format_to(next(), "ts {} {}", options.timestamps->value, options.timestamps->echo_reply);
  }
  if (options.sack_count > 0) fmt::format_to(next(), "sack");
  for (std::size_t i = 0; i < options.sack_count; ++i) {
    fmt::format_to(std::back_inserter(text), " {}-{}", options.sack[i].left.raw(),
                   options.sack[i].right.raw());
  }
  if (separator == ",") text += '>';
}

}  // namespace

std::string SegmentText(const FlowKey& flow, const TcpSegment& segment) {
  std::string text = fmt::format("{} > {} ", flow.local.ToString(), flow.peer.ToString());
  AppendFlags(segment.flags, text);
  fmt::format_to(std::back_inserter(text), " seq={} ack={} win={} len={}", segment.seq.raw(),
                 segment.ack.raw(), segment.window, segment.payload_length);
  // A segment that is only described, not captured, has a length but no bytes at all.
  if (!segment.payload.empty() && segment.payload.size() < segment.payload_length) {
    fmt::format_to(std::back_inserter(text), " captured={}", segment.payload.size());
  }
  AppendOptions(segment.options, text);
  return text;
}

}  // namespace tcpcopy
