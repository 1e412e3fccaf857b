#include "src/replay/reply_carriers.h"

namespace tcpcopy {
namespace {

/// Whether its replies are being waited for: one in line asks for them when its turn has come.
bool HasAsked(const Session& session) {
  return session.predecessor == nullptr && !session.outcome();
}

}  // namespace

bool ReplyCarriers::Ask(const Session& session) {
  return reply_path_ == nullptr || reply_path_->Announce(session.replayed());
}

void ReplyCarriers::Settle(Session& session, ReplyPath::Carrier carrier) {
  if (session.carrier != 0 || carrier == 0 || !session.was_answered()) return;
  session.carrier = carrier;
  if (reply_path_ != nullptr) reply_path_->Settle(session.replayed(), carrier);
}

void ReplyCarriers::Withdraw(const Session& session) {
  if (reply_path_ != nullptr) reply_path_->Withdraw(session.replayed());
}

/// The same as `Ask` for one whose carrier may be known.
bool ReplyCarriers::AskAgain(const Session& session) {
  if (session.carrier == 0) return Ask(session);
  return reply_path_->AnnounceTo(session.replayed(), session.carrier);
}

void ReplyCarriers::OnLost(ReplyPath::Carrier carrier) {
  sessions_.ForEach([&](Session& session) {
    if (!HasAsked(session)) return;
    const bool orphan = session.carrier == carrier;
    const bool waiting = session.carrier == 0;
    // Its request may have gone to the one that is lost only.
    if (orphan || (waiting && !Ask(session))) session.End(Outcome::kRepliesLost);
  });
}

void ReplyCarriers::OnFound() {
  sessions_.ForEach([&](Session& session) {
    if (HasAsked(session) && session.carrier == 0) Ask(session);
  });
}

void ReplyCarriers::OnForgot(ReplyPath::Carrier carrier) {
  sessions_.ForEach([&](Session& session) {
    const bool concerned = session.carrier == carrier || session.carrier == 0;
    if (!HasAsked(session) || !concerned) return;
    if (!AskAgain(session)) session.End(Outcome::kRepliesLost);
  });
}

void ReplyCarriers::AskForSilent(Instant since) {
  sessions_.ForEach([&](Session& session) {
    if (HasAsked(session) && session.SilentSince(since)) AskAgain(session);
  });
}

}  // namespace tcpcopy
