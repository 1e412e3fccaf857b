#pragma once

#include <array>
#include <boost/intrusive/list.hpp>
#include <cstdint>

#include "netstack/base/time.h"

namespace tcpcopy {

/// Of its own, because owners of timers are in other lists, too.
using TimerHook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<class Timer>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// A moment at which its owner wants to be called. Destroying it cancels it.
class Timer : public TimerHook {
 public:
  /// Called once when the time has come; the timer is already out of the queue and may be set
  /// again.
  virtual void OnTimer() = 0;

  bool IsSet() const { return is_linked(); }
  /// The time that it is, or was last, set for.
  Instant due() const { return due_; }

 protected:
  Timer() = default;
  ~Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  friend class TimerQueue;
  Instant due_ = kNever;
  Instant place_ = kNever;   // in the queue: not later than `due_`
  std::uint64_t order_ = 0;  // ties are broken by the order of setting, never by address
};

/// Timers that come by (due, order of being set). A hierarchical timing wheel (Varghese and Lauck,
/// 1987, scheme 7): O(1) to set, to cancel and to move; the timers of the millisecond that has
/// come are sorted, the others are not. To move one to later, as most timers of connections are
/// with each packet, costs nothing but the note: it keeps its place until that has come.
class TimerQueue {
 public:
  /// Sets or moves `timer`; `kNever` cancels it.
  void Set(Timer& timer, Instant due);
  void Cancel(Timer& timer);

  /// When to look again (`Expire`): not later than the earliest timer is due, and just then once
  /// the time up to its millisecond has been looked at. `kNever` when there is none.
  Instant Next();

  /// Calls every timer that is due at `now`. A timer set during the call for `now` or earlier waits
  /// for the next call, so that this one ends.
  void Expire(Instant now);

 private:
  using Timers = boost::intrusive::list<Timer, boost::intrusive::base_hook<TimerHook>,
                                        boost::intrusive::constant_time_size<false>>;
  using Tick = std::int64_t;

  static constexpr int kTickBits = 20;  // of an instant's nanoseconds: a little over 1 ms
  static constexpr int kSlotBits = 6;
  static constexpr int kSlots = 1 << kSlotBits;
  static constexpr int kLevels = (63 - kTickBits + kSlotBits - 1) / kSlotBits;

  /// A level's slots take ticks that differ from `tick_` in this digit (to the base kSlots), and
  /// are equal in those above it.
  struct Level {
    std::array<Timers, kSlots> slots;
    std::uint64_t used = 0;  // by bits; timers that left by themselves are noticed later
  };
  struct Slot {
    int level = kLevels;  // kLevels: there is none
    int number = 0;
    Tick begin = 0;
  };

  static Tick TickOf(Instant at) { return at.time_since_epoch().count() >> kTickBits; }
  static bool IsEarlier(const Timer& a, const Timer& b) {
    return a.place_ != b.place_ ? a.place_ < b.place_ : a.order_ < b.order_;
  }

  void Place(Timer& timer);
  void PlaceNear(Timer& timer);
  Slot NextSlot();
  void TurnTo(Tick tick);
  void Empty(const Slot& slot);
  Timer* FirstNear();

  Timers near_;  // sorted; of ticks up to `tick_`
  std::array<Level, kLevels> levels_;
  Tick tick_ = 0;  // up to which time has been looked at
  std::uint64_t next_order_ = 0;
};

}  // namespace tcpcopy
