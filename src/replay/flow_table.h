#pragma once

#include <tsl/robin_map.h>
#include <tsl/robin_set.h>

#include <vector>

#include "src/replay/client_flow.h"
#include "src/replay/session.h"

namespace tcpcopy {

/// Finds sessions from both sides: by what was captured, and by what is replayed. Sessions that
/// want a 4-tuple towards the target which another one still uses wait for it in a line. Owns no
/// session; its size is bounded by the session pool. Each call is O(1), however long a line is.
///
/// The tables hold pointers and parts of hashes; what a session goes by, it tells itself.
class FlowTable {
 public:
  explicit FlowTable(std::uint64_t hash_seed);

  /// The session whose client sends on `captured`; nullptr when there is none.
  Session* FindCaptured(const ClientFlow& captured) const;
  /// The session that uses the 4-tuple `replayed` (local: ours); nullptr when it is free.
  Session* FindReplayed(const FlowKey& replayed) const;

  /// Enters `session`. True when it has its 4-tuple and may start, false when it has to wait in
  /// line.
  bool Add(Session& session);
  /// The client's packets no longer belong to `session`.
  void ForgetCaptured(Session& session);
  /// No client's packets belong to any session any more. Returns those that some did belong to, in
  /// the order of their flows.
  std::vector<Session*> ForgetAllCaptured();
  /// Takes `session` out of everything. Returns the one that has its 4-tuple now and may start, or
  /// nullptr.
  Session* Remove(Session& session);

  std::size_t size() const { return replayed_.size(); }
  /// Sessions that wait in line.
  std::size_t waiting() const { return waiting_; }

 private:
  static constexpr float kMostFull = 0.85F;
  /// A pointer, a part of its hash, and how far it lies from its place.
  static constexpr std::size_t kPlaceBytes = 16;

  /// Hash and equality of sessions by a key of theirs, for a look-up by that key.
  template <typename Key, typename KeyHash, const Key& (Session::*kKey)() const>
  struct By {
    struct Hash {
      KeyHash hash;
      std::size_t operator()(const Key& key) const { return hash(key); }
      std::size_t operator()(const Session* session) const { return hash((session->*kKey)()); }
    };
    struct Equal {
      using is_transparent = void;
      bool operator()(const Session* a, const Session* b) const {
        return (a->*kKey)() == (b->*kKey)();
      }
      bool operator()(const Session* a, const Key& b) const { return (a->*kKey)() == b; }
      bool operator()(const Key& a, const Session* b) const { return a == (b->*kKey)(); }
    };
    using Table = tsl::robin_set<Session*, Hash, Equal, std::allocator<Session*>, true>;
  };
  using Captured = By<ClientFlow, ClientFlowHash, &Session::captured>;
  using Replayed = By<FlowKey, FlowKeyHash, &Session::replayed>;

  Captured::Table captured_;
  Replayed::Table replayed_;  // those who have their 4-tuple
  /// The last of those who wait behind the one who has it, where there are some.
  tsl::robin_map<const Session*, Session*> last_in_line_;
  std::size_t waiting_ = 0;

 public:
  /// At most what a session takes here, when the tables have just doubled, and one is doubling.
  static constexpr std::size_t kBytesAFlow =
      static_cast<std::size_t>((2 * 2 + 1) * kPlaceBytes / kMostFull);
};

}  // namespace tcpcopy
