#include "src/io/intercept/reply_listener.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "netstack/base/check.h"
#include "src/io/intercept/classic_codec.h"
#include "src/io/intercept/line_limiter.h"
#include "src/io/intercept/peer.h"
#include "src/io/intercept/refusals.h"

namespace tcpcopy {
namespace {

// Connections that have not yet said who they are, beyond those that are served. One more costs the
// oldest of them, so that nobody who is let in has to wait for those who never speak.
constexpr std::size_t kMaxStrangers = 64;

}  // namespace

/// All connections, and the destroying of those that have ended.
class ReplyListener::Peers final : public ConnectionHandler, private PeerOwner, private Runnable {
 public:
  Peers(EventLoop& loop, Options options, PeerHandler& handler, Log log)
      : loop_(loop),
        options_(std::move(options)),
        handler_(handler),
        of_peers_(log),
        of_strangers_(std::move(log)),
        peer_options_{options_.protocol, &options_.secret, static_cast<std::size_t>(options_.batch),
                      options_.program} {}

  void OnConnection(UniqueFd fd, const Endpoint& from) override;
  bool Send(PeerId peer, ConstBytes ip_packet, std::size_t wire_length);
  Stats stats() const;

 private:
  // PeerOwner.
  bool HasRoom() const override { return served_ < options_.max_peers; }
  void OnUp(Peer& peer, const std::string& program) override;
  void OnEnded(Peer& peer, bool served, const std::string& why) override;
  void OnTooSlow(Peer& peer) override;

  // Runnable: what has ended goes away.
  void Run() override { ended_.clear(); }

  static void Add(const Peer::Stats& of_one, Stats& to);
  bool IsAllowed(const IpAddress& address) const;
  void MakeRoomForAStranger();

  EventLoop& loop_;
  const Options options_;
  PeerHandler& handler_;
  // Apart, so that nobody who is not let in can hide what becomes of the others.
  LineLimiter of_peers_;
  LineLimiter of_strangers_;
  const Peer::Options peer_options_;
  std::map<PeerId, std::unique_ptr<Peer>> peers_;
  std::vector<std::unique_ptr<Peer>> ended_;  // until nobody is in the midst of them
  std::size_t served_ = 0;
  PeerId next_id_ = 1;
  Stats before_;  // of those that have ended
};

bool ReplyListener::Peers::IsAllowed(const IpAddress& address) const {
  return options_.allow.empty() || std::ranges::any_of(options_.allow, [&](const Network& network) {
           return network.Contains(address);
         });
}

void ReplyListener::Peers::MakeRoomForAStranger() {
  std::size_t strangers = 0;
  Peer* oldest = nullptr;
  for (const auto& [id, peer] : peers_) {
    if (peer->up()) continue;
    ++strangers;
    if (oldest == nullptr) oldest = peer.get();
  }
  if (strangers < kMaxStrangers) return;
  oldest->Refuse({RefuseCode::kFull, std::string(kCrowdedText)});
}

void ReplyListener::Peers::OnConnection(UniqueFd fd, const Endpoint& from) {
  ++before_.accepted;
  MakeRoomForAStranger();
  PeerOwner& owner = *this;
  const PeerId id = next_id_++;
  auto made = std::make_unique<Peer>(loop_, owner, handler_, id, from, peer_options_);
  Peer& peer = *made;
  peers_.emplace(id, std::move(made));
  peer.Begin(std::move(fd));
  if (!IsAllowed(from.address)) {
    peer.Refuse({RefuseCode::kNotAllowed, std::string(kNotAllowedText)});
  }
}

void ReplyListener::Peers::OnUp(Peer& peer, const std::string& program) {
  ++served_;
  of_peers_.Write(fmt::format("{} is connected ({})", peer.address().ToString(), program),
                  loop_.Now());
}

void ReplyListener::Peers::OnEnded(Peer& peer, bool served, const std::string& why) {
  const std::string who = peer.address().ToString();
  if (served) {
    --served_;
    of_peers_.Write(fmt::format("{} is gone: {}", who, why), loop_.Now());
  } else {
    ++before_.refused;
    of_strangers_.Write(fmt::format("{} is refused: {}", who, why), loop_.Now());
  }
  Add(peer.stats(), before_);
  const auto place = peers_.find(peer.id());
  ended_.push_back(std::move(place->second));
  peers_.erase(place);
  loop_.Post(*this);
}

void ReplyListener::Peers::OnTooSlow(Peer& peer) {
  of_peers_.Write(
      fmt::format("{} reads too slowly: replies for it are dropped", peer.address().ToString()),
      loop_.Now());
}

bool ReplyListener::Peers::Send(PeerId peer, ConstBytes ip_packet, std::size_t wire_length) {
  const auto place = peers_.find(peer);
  return place != peers_.end() && place->second->Send(ip_packet, wire_length);
}

void ReplyListener::Peers::Add(const Peer::Stats& of_one, Stats& to) {
  to.replies += of_one.replies;
  to.replies_dropped += of_one.replies_dropped;
  to.announcements_dropped += of_one.announcements_dropped;
  to.batches += of_one.batches;
  to.bytes += of_one.bytes;
}

ReplyListener::Stats ReplyListener::Peers::stats() const {
  Stats all = before_;
  for (const auto& [id, peer] : peers_) Add(peer->stats(), all);
  return all;
}

Result<std::unique_ptr<ReplyListener>, IoError> ReplyListener::Create(EventLoop& loop,
                                                                      Options options,
                                                                      PeerHandler& handler,
                                                                      Log log) {
  const auto most = static_cast<int>(kClassicMaxRecords);
  TCPCOPY_CHECK(options.batch >= 0 && options.batch <= most);
  TCPCOPY_CHECK(options.protocol == ReplyProtocol::kOwn || options.secret.empty());
  const std::vector<Endpoint> listen_on = options.listen_on;
  auto peers = std::make_unique<Peers>(loop, std::move(options), handler, std::move(log));
  std::vector<std::unique_ptr<ListeningSocket>> sockets;
  for (const Endpoint& at : listen_on) {
    auto socket = ListeningSocket::Create(loop, at, *peers);
    if (!socket) return Err(socket.error());
    sockets.push_back(*std::move(socket));
  }
  return std::unique_ptr<ReplyListener>(new ReplyListener(std::move(peers), std::move(sockets)));
}

ReplyListener::ReplyListener(std::unique_ptr<Peers> peers,
                             std::vector<std::unique_ptr<ListeningSocket>> sockets)
    : peers_(std::move(peers)), sockets_(std::move(sockets)) {
  for (const auto& socket : sockets_) listening_.push_back(socket->at());
}

ReplyListener::~ReplyListener() = default;

bool ReplyListener::Send(PeerId peer, ConstBytes ip_packet, std::size_t wire_length) {
  return peers_->Send(peer, ip_packet, wire_length);
}

ReplyListener::Stats ReplyListener::stats() const { return peers_->stats(); }

}  // namespace tcpcopy
