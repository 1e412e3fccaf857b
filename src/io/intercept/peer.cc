#include "src/io/intercept/peer.h"

#include <algorithm>
#include <utility>

#include "src/io/intercept/classic_acceptor.h"
#include "src/io/intercept/classic_codec.h"
#include "src/io/intercept/frame.h"
#include "src/io/intercept/own_acceptor.h"
#include "src/io/intercept/patience.h"
#include "src/io/intercept/proof.h"
#include "src/io/intercept/refusals.h"
#include "src/io/intercept/reply_cut.h"

namespace tcpcopy {
namespace {

// More than any packet that a kernel makes has; half of what a frame may have.
constexpr std::size_t kMaxPacketBytes = kMaxFrameLength / 2;

std::unique_ptr<Acceptor> MakeAcceptor(const Peer::Options& options, OutBuffer& out,
                                       AcceptorEvents& events) {
  if (options.protocol == ReplyProtocol::kClassic) {
    return std::make_unique<ClassicAcceptor>(out, events, options.batch);
  }
  const auto nonce = RandomNonce();
  if (!nonce) return nullptr;
  return std::make_unique<OwnAcceptor>(
      out, events, OwnAcceptor::Options{options.secret, options.program}, *nonce);
}

}  // namespace

Peer::Peer(EventLoop& loop, PeerOwner& owner, PeerHandler& handler, PeerId id,
           const Endpoint& address, const Options& options)
    : loop_(loop),
      owner_(owner),
      handler_(handler),
      id_(id),
      address_(address),
      protocol_(options.protocol),
      socket_(loop, *this, kOutLimit),
      acceptor_(MakeAcceptor(options, socket_.out(), *this)) {}

void Peer::Begin(UniqueFd fd) {
  socket_.Adopt(std::move(fd));
  if (acceptor_ == nullptr) return End("this system has no randomness to give");
  loop_.timers().Set(*this, loop_.Now() + kHandshakeTime);
}

void Peer::Refuse(const Refusal& refusal) {
  if (!socket_.open()) return;
  if (acceptor_ != nullptr) acceptor_->Refuse(refusal);
  End(refusal.text);
}

void Peer::OnBytes(ConstBytes bytes) {
  const auto outcome = acceptor_->OnBytes(bytes);
  if (!outcome) return End(outcome.error());
  if (!socket_.out().empty()) socket_.Flush();
}

void Peer::OnUp(std::uint32_t payload_bytes, const std::string& program) {
  up_ = true;
  payload_bytes_ = payload_bytes;
  loop_.timers().Set(*this, loop_.Now() + kHeartbeatTime);
  owner_.OnUp(*this, program);
  handler_.OnPeer(id_, {address_, protocol_, payload_bytes, program});
}

void Peer::OnTimer() {
  const bool speaks = protocol_ == ReplyProtocol::kOwn || !up_;
  const auto silent = [&] { return loop_.Now() - socket_.last_read() >= kSilenceTime; };
  // What came may not have been read yet, because this host did not let us run.
  if (speaks && silent()) socket_.ReadNow();
  if (!socket_.open()) return;
  if (!up_ || (speaks && silent())) {
    return Refuse({RefuseCode::kBroken, std::string(kSilentText)});
  }
  if (socket_.stuck_since() != kNever && loop_.Now() - socket_.stuck_since() >= kStuckTime) {
    return End(std::string(kStuckText));
  }
  Beat();
  loop_.timers().Set(*this, loop_.Now() + kHeartbeatTime);
}

void Peer::Beat() {
  const CaptureStats capture = handler_.Capture();
  acceptor_->Beat({replies_, replies_dropped_, capture.received,
                   capture.dropped_by_kernel + capture.dropped_by_interface});
  socket_.Flush();
  if (replies_dropped_ == dropped_before_) too_slow_ = false;
  dropped_before_ = replies_dropped_;
}

bool Peer::Send(ConstBytes ip_packet, std::size_t wire_length) {
  if (!up_ || ip_packet.empty()) return false;
  const std::size_t length = std::max(wire_length, ip_packet.size());
  const ConstBytes packet = ip_packet.first(std::min(ip_packet.size(), kMaxPacketBytes));
  const ConstBytes wanted = CutPayload(packet, length, payload_bytes_);
  if (!acceptor_->Send({wanted, length})) {
    ++replies_dropped_;
    const bool full = !socket_.out().HasRoomFor(wanted.size() + kClassicRecordBytes);
    if (full && !too_slow_) {
      too_slow_ = true;
      owner_.OnTooSlow(*this);
    }
    return false;
  }
  ++replies_;
  socket_.Flush();
  return true;
}

Peer::Stats Peer::stats() const {
  const std::uint64_t batches = acceptor_ == nullptr ? 0 : acceptor_->batches();
  return {replies_, replies_dropped_, told_.dropped, batches, socket_.sent()};
}

void Peer::End(const std::string& why) {
  const bool was_up = up_;
  up_ = false;
  loop_.timers().Cancel(*this);
  socket_.Close();
  owner_.OnEnded(*this, was_up, why);
  if (was_up) handler_.OnPeerGone(id_);
}

}  // namespace tcpcopy
