#pragma once

#include <boost/intrusive/set.hpp>
#include <cstdint>

#include "netstack/base/time.h"

namespace tcpcopy {

/// A moment at which its owner wants to be called. Destroying it cancels it.
class Timer : public boost::intrusive::set_base_hook<
                  boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                  boost::intrusive::optimize_size<true>> {
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

/// Timers ordered by (due, order of being queued). O(log n) to set and to expire; O(1) to move to
/// later, as most timers of connections are with each packet: they keep their place until that has
/// come.
class TimerQueue {
 public:
  /// Sets or moves `timer`; `kNever` cancels it.
  void Set(Timer& timer, Instant due);
  void Cancel(Timer& timer);

  /// When the earliest timer is due; `kNever` when there is none.
  Instant Next();

  /// Calls every timer that is due at `now`. A timer set during the call for `now` or earlier waits
  /// for the next call, so that this one ends.
  void Expire(Instant now);

 private:
  struct Earlier {
    bool operator()(const Timer& a, const Timer& b) const {
      return a.place_ != b.place_ ? a.place_ < b.place_ : a.order_ < b.order_;
    }
  };

  /// The earliest, brought to where it belongs; nullptr when there is none.
  Timer* First();
  void Queue(Timer& timer);

  boost::intrusive::set<Timer, boost::intrusive::compare<Earlier>,
                        boost::intrusive::constant_time_size<false>>
      timers_;
  std::uint64_t next_order_ = 0;
};

}  // namespace tcpcopy
