#pragma once

#include "src/io/reply_path.h"
#include "src/replay/session_pool.h"

namespace tcpcopy {

/// Who brings which session's replies, where they come by way of others: each session is announced
/// before its SYN leaves, and has one carrier from the answer to its SYN on. Without a `ReplyPath`,
/// replies are captured here, and all of this does nothing.
class ReplyCarriers {
 public:
  /// Nothing is owned.
  ReplyCarriers(ReplyPath* reply_path, SessionPool& sessions)
      : reply_path_(reply_path), sessions_(sessions) {}

  /// `carrier` brings no more replies: sessions whose replies it brought end with RST as `replies
  /// lost`; those that have had none yet ask whoever is left, or end so, too.
  void OnLost(ReplyPath::Carrier carrier);
  /// One more carrier is there: sessions that have had no reply yet ask it, too.
  void OnFound();
  /// `carrier` may have forgotten whose replies it is to bring: they ask again.
  void OnForgot(ReplyPath::Carrier carrier);
  /// Sessions that hear nothing of the target since `since` ask again: whoever was to bring its
  /// replies may not have been told, or not know it any more.
  void AskForSilent(Instant since);

  /// Asks for the replies of `session`, whose turn has come. False when there is nobody who could
  /// bring them.
  bool Ask(const Session& session);
  /// Who has brought the answer to its SYN brings the others, too. What comes before that can be
  /// late and of a former session on the same ports, from one who sees nothing of this one.
  void Settle(Session& session, ReplyPath::Carrier carrier);
  /// Nobody needs to bring replies of `session` any more.
  void Withdraw(const Session& session);

 private:
  bool AskAgain(const Session& session);

  ReplyPath* const reply_path_;
  SessionPool& sessions_;
};

}  // namespace tcpcopy
