#include "tests/io/intercept/both_ends.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "netstack/base/check.h"
#include "netstack/wire/build_packet.h"
#include "src/io/socket_address.h"

namespace tcpcopy::testing {

using std::chrono_literals::operator""ms;

Endpoint At(const char* address, std::uint16_t port) { return {*IpAddress::Parse(address), port}; }

FlowKey Session(std::uint16_t port) { return {At("10.0.0.1", port), At("10.0.0.2", 80)}; }
FlowKey Session6(std::uint16_t port) { return {At("2001:db8::1", port), At("2001:db8::2", 80)}; }

std::vector<std::uint8_t> ReplyTo(const FlowKey& session, std::size_t payload) {
  TcpSegment segment;
  segment.seq = SeqNum(1);
  segment.ack = SeqNum(2);
  segment.payload_length = static_cast<std::uint32_t>(payload);
  const std::size_t headers = HeaderLength(session.peer.address.family(), segment.options);
  std::vector<std::uint8_t> packet(headers + payload, 'x');
  segment.payload = ConstBytes(packet).subspan(headers);
  BuildPacket(session.Reversed(), segment, 1, packet);
  return packet;
}

void RecordingRelay::OnPeer(PeerId peer, const PeerHello& hello) {
  log.push_back(fmt::format("peer {}", peer));
  hellos.push_back(hello);
}

void RecordingRelay::OnTargets(PeerId, std::span<const Endpoint> targets) {
  for (const Endpoint& target : targets) log.push_back("target " + target.ToString());
}

void RecordingRelay::OnAnnounce(PeerId peer, const FlowKey& session) {
  log.push_back(fmt::format("add {}", session.local.port));
  announced.emplace_back(peer, session);
}

void RecordingRelay::OnWithdraw(PeerId, const FlowKey& session) {
  log.push_back(fmt::format("del {}", session.local.port));
}

std::string RecordingRelay::OnQuestion(PeerId, std::string_view question) {
  return "you asked: " + std::string(question);
}

void RecordingRelay::OnPeerGone(PeerId peer) { log.push_back(fmt::format("gone {}", peer)); }

bool RecordingRelay::Has(const std::string& word) const { return Count(word) > 0; }

std::size_t RecordingRelay::Count(const std::string& word) const {
  return static_cast<std::size_t>(std::ranges::count(log, word));
}

void RecordingReplies::OnPacket(const CapturedPacket& packet) {
  TCPCOPY_CHECK(packet.link == LinkType::kRawIp);
  seen.push_back({{packet.bytes.begin(), packet.bytes.end()}, packet.wire_length, packet.carrier});
}

BothEnds::BothEnds() : driver(UringDriver::Create(clock).value()), loop(clock, *driver) {
  listen.listen_on = {At("127.0.0.1", 0)};
  listen.program = "intercept test";
  connect.program = "tcpcopy test";
}

BothEnds::~BothEnds() = default;

void BothEnds::Listen() {
  listener = ReplyListener::Create(loop, listen, relay, [this](const std::string& line) {
               listener_log.push_back(line);
             }).value();
  listen.listen_on = listener->listening();
}

void BothEnds::StopListening() {
  listener.reset();
  loop.RunOnce(clock.Now());  // the driver lets go of the port
}

void BothEnds::BreakOneConnection() const {
  // Both ends are in this process; a connection's own has the listener as its peer.
  constexpr int kMostFds = 1024;
  for (int fd = 0; fd < kMostFds; ++fd) {
    SocketAddress peer;
    if (::getpeername(fd, peer.get(), peer.mutable_length()) != 0) continue;
    if (peer.endpoint() != listener->listening().at(0)) continue;
    ::shutdown(fd, SHUT_RDWR);
    return;
  }
}

void BothEnds::Connect() {
  connect.intercepts = listen.listen_on;
  ReplyChannels::Events events;
  events.on_up = [this](ReplyPath::Carrier carrier) { ups.push_back(carrier); };
  events.on_narrowed = [this](ReplyPath::Carrier carrier) { narrowed.push_back(carrier); };
  events.on_down = [this](ReplyPath::Carrier carrier, const std::string& why) {
    downs.push_back(fmt::format("{}: {}", carrier, why));
  };
  events.on_trouble = [this](const std::string& line) { troubles.push_back(line); };
  events.on_answer = [this](ReplyPath::Carrier carrier, const std::string& answer) {
    answers.push_back(fmt::format("{}: {}", carrier, answer));
  };
  channels = std::make_unique<ReplyChannels>(loop, replies, connect, events, 1);
  channels->Start();
}

bool BothEnds::Until(const std::function<bool()>& condition) {
  const Instant latest = clock.Now() + std::chrono::seconds(10);
  while (!condition()) {
    if (clock.Now() > latest) return false;
    loop.RunOnce(clock.Now() + 5ms);
  }
  return true;
}

void BothEnds::For(Duration time) {
  const Instant latest = clock.Now() + time;
  while (clock.Now() < latest) loop.RunOnce(latest);
}

bool BothEnds::UntilUp(std::size_t connections) {
  return Until([&] { return channels->up() == connections; });
}

bool BothEnds::HasLine(const std::vector<std::string>& lines, const std::string& part) {
  return std::ranges::any_of(
      lines, [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

bool BothEnds::UntilLogged(const std::string& part) {
  return Until([&] { return HasLine(listener_log, part); });
}

bool BothEnds::UntilTrouble(const std::string& part) {
  return Until([&] { return HasLine(troubles, part); });
}

UniqueFd BothEnds::Stranger() const {
  const SocketAddress address(listener->listening().at(0));
  UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  TCPCOPY_CHECK(::connect(fd.get(), address.get(), address.length()) == 0);
  return fd;
}

std::vector<std::uint8_t> BothEnds::ReadFrom(const UniqueFd& fd, std::size_t at_least,
                                             bool* closed) {
  std::vector<std::uint8_t> all;
  *closed = false;
  Until([&] {
    std::array<std::uint8_t, 65536> bytes;
    const ssize_t got = ::recv(fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got > 0) all.insert(all.end(), bytes.begin(), bytes.begin() + got);
    *closed = got == 0 || (got < 0 && errno != EAGAIN);
    return *closed || all.size() >= at_least;
  });
  return all;
}

bool BothEnds::UntilClosed(const UniqueFd& fd) {
  bool closed = false;
  ReadFrom(fd, SIZE_MAX, &closed);
  return closed;
}

}  // namespace tcpcopy::testing
