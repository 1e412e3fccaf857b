#include "tests/netstack/tcp/tcp_script.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdio>

#include "netstack/wire/packet_view.h"

namespace tcpcopy {
namespace {

FlowKey Flow(bool ipv6) {
  if (ipv6) {
    return {{*IpAddress::Parse("2001:db8::1"), 40000}, {*IpAddress::Parse("2001:db8::2"), 80}};
  }
  return {{IpAddress::V4(0x0a000001), 40000}, {IpAddress::V4(0x0a000002), 80}};
}

constexpr struct {
  char letter;
  std::uint8_t bit;
} kFlagLetters[] = {{'S', TcpFlags::kSyn},
                    {'F', TcpFlags::kFin},
                    {'R', TcpFlags::kRst},
                    {'P', TcpFlags::kPsh},
                    {'.', TcpFlags::kAck}};

}  // namespace

Options::operator TcpOptions() const {
  TcpOptions options;
  options.mss = mss;
  options.window_scale = window_scale;
  options.sack_permitted = sack_permitted;
  options.timestamps = timestamps;
  return options;
}

TcpScript::TcpScript(const ScriptOptions& options)
    : options_(options), pool_(options.pool_bytes), connection_(options_.settings, memory_) {}

std::uint8_t TcpScript::PatternByte(std::uint64_t offset) {
  return static_cast<std::uint8_t>((offset * 2654435761U) >> 13);
}

void TcpScript::Connect() {
  connection_.Prepare(Flow(options_.ipv6), options_.syn_options);
  connection_.Connect(options_.iss, now_);
  Poll();
}

bool TcpScript::Buffer(std::uint64_t count) {
  std::vector<std::uint8_t> bytes(count);
  for (std::uint64_t i = 0; i < count; ++i) bytes[i] = PatternByte(written_ + i);
  const bool done = connection_.Buffer(bytes);
  if (done) written_ += count;
  return done;
}

void TcpScript::Push(std::uint64_t count) {
  connection_.Push(count);
  Poll();
}

void TcpScript::Write(std::uint64_t count) {
  BOOST_TEST(Buffer(count));
  Push(count);
}

void TcpScript::Close() {
  connection_.Close();
  Poll();
}

void TcpScript::Abort() {
  connection_.Abort(now_);
  Poll();
}

void TcpScript::Establish(std::uint16_t window, const Options& options) {
  Connect();
  Expect("S 0:0(0)");
  Inject("S. 0:0(0) ack 1 win " + std::to_string(window), options);
  Expect(". 1:1(0) ack 1");
  BOOST_TEST((state() == TcpState::kEstablished));
}

void TcpScript::Inject(std::string_view text, const Options& options) {
  connection_.OnSegment(Parse(text, WithSack(options)), now_);
  Poll();
}

TcpOptions TcpScript::WithSack(const Options& options) const {
  TcpOptions result = options;
  for (const auto& [left, right] : options.sack) {
    result.sack[result.sack_count++] = {options_.iss + left, options_.iss + right};
  }
  return result;
}

void TcpScript::InjectBatch(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) connection_.OnSegment(Parse(text, {}), now_);
  Poll();
}

void TcpScript::Advance(Duration duration) {
  const Instant until = now_ + duration;
  while (connection_.NextTimeout() <= until) {
    now_ = std::max(now_, connection_.NextTimeout());
    const Instant due = connection_.NextTimeout();
    connection_.OnTimeout(now_);
    Poll();
    BOOST_REQUIRE((connection_.NextTimeout() > due));
  }
  now_ = until;
}

void TcpScript::Expect(std::string_view text) {
  BOOST_REQUIRE_MESSAGE(!sent_.empty(), "expected \"" << text << "\", but nothing was sent");
  last_ = sent_.front();
  sent_.pop_front();
  const std::string actual = Text(last_.segment) + " ";
  BOOST_CHECK_MESSAGE(actual.starts_with(std::string(text) + " "),
                      "expected \"" << text << "\", got \"" << actual << "\"");
}

void TcpScript::Expect(std::string_view text, Duration after) {
  const Instant before = last_.at;
  Expect(text);
  BOOST_CHECK_MESSAGE(last_.at - before == after,
                      "\"" << text << "\" left after " << (last_.at - before).count() << " ns");
}

void TcpScript::ExpectNothing() {
  BOOST_CHECK_MESSAGE(sent_.empty(), "unexpected \"" << Text(sent_.front().segment) << "\"");
}

void TcpScript::Poll() {
  std::vector<std::uint8_t> buffer(options_.settings.mtu);
  while (true) {
    const bool promised = connection_.HasOutput(now_);
    const std::size_t length = connection_.PollTransmit(now_, buffer);
    BOOST_TEST(promised == (length > 0));
    if (length == 0) return;
    BOOST_REQUIRE(sent_.size() < 100'000U);
    Take(MutableBytes(buffer).first(length));
  }
}

void TcpScript::Take(MutableBytes packet) {
  const LinkType link = options_.ipv6 ? LinkType::kIpv6 : LinkType::kIpv4;
  const auto view = ParsePacket(link, packet, packet.size());
  BOOST_REQUIRE(view.has_value());
  BOOST_TEST((view->flow == Flow(options_.ipv6)));
  SentSegment sent{view->segment, static_cast<std::uint16_t>(packet.size()), now_};
  const auto offset = static_cast<std::uint64_t>(sent.segment.seq - (options_.iss + 1));
  const ConstBytes payload = sent.segment.payload;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    if (payload[i] == PatternByte(offset + i)) continue;
    BOOST_ERROR("wrong payload byte at offset " << offset + i);
    break;
  }
  sent.segment.payload = {};
  sent_.push_back(sent);
}

TcpSegment TcpScript::Parse(std::string_view text, const TcpOptions& options) {
  char flags[8] = {};
  unsigned seq = 0, end = 0, length = 0, ack = 0, window = 65535;
  const std::string copy(text);
  const int fields = std::sscanf(copy.c_str(), "%7s %u:%u(%u) ack %u win %u", flags, &seq, &end,
                                 &length, &ack, &window);
  BOOST_REQUIRE_MESSAGE(fields >= 4 && end == seq + length, "cannot read \"" << text << "\"");
  if (fields == 4) std::sscanf(copy.c_str(), "%*s %*u:%*u(%*u) win %u", &window);
  TcpSegment segment;
  for (const auto& [letter, bit] : kFlagLetters) {
    if (std::string_view(flags).find(letter) != std::string_view::npos) segment.flags.bits |= bit;
  }
  segment.seq = options_.peer_iss + seq;
  if (segment.flags.ack()) segment.ack = options_.iss + ack;
  segment.window = static_cast<std::uint16_t>(window);
  segment.options = options;
  payload_.resize(length);
  segment.payload = payload_;
  segment.payload_length = length;
  return segment;
}

std::string TcpScript::Text(const TcpSegment& segment) const {
  std::string text;
  for (const auto& [letter, bit] : kFlagLetters) {
    if (segment.flags.Has(bit)) text += letter;
  }
  const std::uint32_t seq = segment.seq.raw() - options_.iss.raw();
  text += " " + std::to_string(seq) + ":" + std::to_string(seq + segment.payload_length) + "(" +
          std::to_string(segment.payload_length) + ")";
  if (segment.flags.ack()) {
    text += " ack " + std::to_string(segment.ack.raw() - options_.peer_iss.raw());
  }
  return text + " win " + std::to_string(segment.window);
}

}  // namespace tcpcopy
