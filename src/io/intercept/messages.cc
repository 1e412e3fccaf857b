#include "src/io/intercept/messages.h"

#include <algorithm>

#include "netstack/base/check.h"

namespace tcpcopy {
namespace {

constexpr std::string_view kMagic = "tcpcopy2";
constexpr std::uint8_t kHasSecret = 1;
constexpr std::uint8_t kFamilyV4 = 4;
constexpr std::uint8_t kFamilyV6 = 6;

/// Takes values off the front of bytes; once something is missing, everything is.
class Reader {
 public:
  explicit Reader(ConstBytes bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  ConstBytes rest() const { return rest_; }

  ConstBytes Bytes(std::size_t count) {
    if (rest_.size() < count) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const ConstBytes taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  std::uint8_t U8() {
    const ConstBytes taken = Bytes(1);
    return taken.empty() ? std::uint8_t{0} : taken[0];
  }
  std::uint16_t U16() {
    const ConstBytes taken = Bytes(2);
    return taken.empty() ? std::uint16_t{0} : LoadBe16(taken.data());
  }
  std::uint32_t U32() {
    const ConstBytes taken = Bytes(4);
    return taken.empty() ? 0 : LoadBe32(taken.data());
  }
  std::uint64_t U64() {
    const std::uint64_t high = U32();
    return (high << 32) | U32();
  }
  std::string Text(std::size_t count) {
    const ConstBytes taken = Bytes(count);
    return {taken.begin(), taken.end()};
  }
  /// An address of a family as it stands in front of it.
  Endpoint End(std::uint8_t family) {
    Endpoint end;
    if (family != kFamilyV4 && family != kFamilyV6) ok_ = false;
    const ConstBytes address = Bytes(family == kFamilyV4 ? 4 : 16);
    if (ok_) end.address = IpAddress::FromBytes(address);
    end.port = U16();
    return end;
  }

 private:
  ConstBytes rest_;
  bool ok_ = true;
};

class Writer {
 public:
  void Bytes(ConstBytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void Text(std::string_view text) { bytes_.insert(bytes_.end(), text.begin(), text.end()); }
  void U8(std::uint8_t value) { bytes_.push_back(value); }
  void U16(std::uint16_t value) { StoreBe16(Grow(2), value); }
  void U32(std::uint32_t value) { StoreBe32(Grow(4), value); }
  void U64(std::uint64_t value) {
    U32(static_cast<std::uint32_t>(value >> 32));
    U32(static_cast<std::uint32_t>(value));
  }
  void End(const Endpoint& end) {
    Bytes(end.address.bytes());
    U16(end.port);
  }
  std::vector<std::uint8_t> Take() { return std::move(bytes_); }

 private:
  std::uint8_t* Grow(std::size_t count) {
    bytes_.resize(bytes_.size() + count);
    return bytes_.data() + bytes_.size() - count;
  }
  std::vector<std::uint8_t> bytes_;
};

std::uint8_t FamilyByte(const IpAddress& address) { return address.IsV4() ? kFamilyV4 : kFamilyV6; }

std::uint8_t* WriteEnd(const Endpoint& end, std::uint8_t* at) {
  const ConstBytes address = end.address.bytes();
  at = std::copy(address.begin(), address.end(), at);
  StoreBe16(at, end.port);
  return at + 2;
}

}  // namespace

std::optional<std::uint16_t> Hello::CommonVersion(const Hello& other) const {
  const std::uint16_t newest = std::min(newest_version, other.newest_version);
  const std::uint16_t oldest = std::max(oldest_version, other.oldest_version);
  if (newest < oldest) return std::nullopt;
  return newest;
}

std::vector<std::uint8_t> Hello::Encode() const {
  const std::string_view name = std::string_view(program).substr(0, kMaxProgramBytes);
  Writer writer;
  writer.Text(kMagic);
  writer.U16(oldest_version);
  writer.U16(newest_version);
  writer.U8(static_cast<std::uint8_t>(role));
  writer.U8(has_secret ? kHasSecret : std::uint8_t{0});
  writer.U32(payload_bytes);
  writer.Bytes(nonce);
  writer.U8(static_cast<std::uint8_t>(name.size()));
  writer.Text(name);
  return writer.Take();
}

std::optional<Hello> Hello::Decode(ConstBytes body) {
  Reader reader(body);
  Hello hello;
  const bool magic = reader.Text(kMagic.size()) == kMagic;
  hello.oldest_version = reader.U16();
  hello.newest_version = reader.U16();
  hello.role = static_cast<Role>(reader.U8());
  hello.has_secret = (reader.U8() & kHasSecret) != 0;
  hello.payload_bytes = reader.U32();
  std::ranges::copy(reader.Bytes(hello.nonce.size()), hello.nonce.begin());
  hello.program = reader.Text(reader.U8());
  const bool known_role = hello.role == Role::kConnector || hello.role == Role::kListener;
  if (!reader.ok() || !magic || !known_role) return std::nullopt;
  return hello;
}

std::vector<std::uint8_t> Refusal::Encode() const {
  Writer writer;
  writer.U8(static_cast<std::uint8_t>(code));
  writer.Text(std::string_view(text).substr(0, kMaxTextBytes));
  return writer.Take();
}

std::optional<Refusal> Refusal::Decode(ConstBytes body) {
  if (body.empty()) return std::nullopt;
  Refusal refusal;
  refusal.code = static_cast<RefuseCode>(body[0]);
  refusal.text = Printable(std::string(body.begin() + 1, body.end()), kMaxTextBytes);
  return refusal;
}

std::vector<std::uint8_t> Heartbeat::Encode() const {
  Writer writer;
  for (const std::uint64_t value : {sent, dropped, captured, capture_dropped}) writer.U64(value);
  return writer.Take();
}

std::optional<Heartbeat> Heartbeat::Decode(ConstBytes body) {
  Reader reader(body);
  Heartbeat heartbeat;
  heartbeat.sent = reader.U64();
  heartbeat.dropped = reader.U64();
  heartbeat.captured = reader.U64();
  heartbeat.capture_dropped = reader.U64();
  if (!reader.ok()) return std::nullopt;
  return heartbeat;
}

std::vector<std::uint8_t> EncodeTargets(std::span<const Endpoint> targets) {
  Writer writer;
  for (const Endpoint& target : targets) {
    writer.U8(FamilyByte(target.address));
    writer.End(target);
  }
  return writer.Take();
}

std::optional<std::vector<Endpoint>> DecodeTargets(ConstBytes body) {
  std::vector<Endpoint> targets;
  Reader reader(body);
  while (!reader.rest().empty()) targets.push_back(reader.End(reader.U8()));
  if (!reader.ok()) return std::nullopt;
  return targets;
}

std::size_t FlowBytes(const FlowKey& flow) {
  return 1 + 2 * (flow.local.address.bytes().size() + 2);
}

void WriteFlow(const FlowKey& flow, MutableBytes room) {
  TCPCOPY_CHECK(room.size() == FlowBytes(flow));
  TCPCOPY_CHECK(flow.local.address.family() == flow.peer.address.family());
  room[0] = FamilyByte(flow.local.address);
  WriteEnd(flow.peer, WriteEnd(flow.local, room.data() + 1));
}

std::optional<FlowKey> TakeFlow(ConstBytes& rest) {
  Reader reader(rest);
  const std::uint8_t family = reader.U8();
  FlowKey flow;
  flow.local = reader.End(family);
  flow.peer = reader.End(family);
  if (!reader.ok()) return std::nullopt;
  rest = reader.rest();
  return flow;
}

void WriteReply(const Reply& reply, MutableBytes room) {
  TCPCOPY_CHECK(room.size() == kReplyHeaderBytes + reply.packet.size());
  StoreBe32(room.data(), static_cast<std::uint32_t>(reply.wire_length));
  StoreBe32(room.data() + 4, static_cast<std::uint32_t>(reply.packet.size()));
  std::ranges::copy(reply.packet, room.begin() + kReplyHeaderBytes);
}

std::optional<Reply> TakeReply(ConstBytes& rest) {
  Reader reader(rest);
  Reply reply;
  reply.wire_length = reader.U32();
  reply.packet = reader.Bytes(reader.U32());
  if (!reader.ok() || reply.packet.size() > reply.wire_length) return std::nullopt;
  rest = reader.rest();
  return reply;
}

std::string Printable(std::string_view text, std::size_t max) {
  std::string line(text.substr(0, max));
  std::ranges::replace_if(
      line, [](char c) { return c < ' ' || c > '~'; }, '?');
  return line;
}

}  // namespace tcpcopy
