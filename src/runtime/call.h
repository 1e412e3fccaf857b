#pragma once

#include <functional>
#include <utility>

#include "src/runtime/runnable.h"
#include "src/runtime/timer_queue.h"

namespace tcpcopy {

/// A timer that calls a function: for owners that have several. The function must not be empty.
class CallTimer final : public Timer {
 public:
  explicit CallTimer(std::function<void()> call) : call_(std::move(call)) {}
  void OnTimer() override { call_(); }

 private:
  const std::function<void()> call_;
};

/// The same for what is posted.
class CallRunnable final : public Runnable {
 public:
  explicit CallRunnable(std::function<void()> call) : call_(std::move(call)) {}
  void Run() override { call_(); }

 private:
  const std::function<void()> call_;
};

}  // namespace tcpcopy
