#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <utility>

namespace tcpcopy {

/// A coroutine that is a member function of its owner and whose frame lies inside that owner:
/// `owner.FrameRoom(size)` gives the memory, nothing is allocated. Starts suspended; resumed only
/// by the event loop's ready queue; destroyed with the task, wherever it stands.
class SessionTask {
 public:
  struct promise_type {
    template <typename Owner>
    static void* operator new(std::size_t size, Owner& owner) {
      return owner.FrameRoom(size);
    }
    static void operator delete(void*) {}

    SessionTask get_return_object() {
      return SessionTask(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };

  SessionTask() = default;
  SessionTask(SessionTask&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  SessionTask& operator=(SessionTask&& other) noexcept {
    if (this != &other) {
      Destroy();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~SessionTask() { Destroy(); }

  bool done() const { return !handle_ || handle_.done(); }
  /// Runs to the next suspension. Must not be done.
  void Resume() { handle_.resume(); }

 private:
  explicit SessionTask(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  void Destroy() {
    if (handle_) std::exchange(handle_, nullptr).destroy();
  }

  std::coroutine_handle<promise_type> handle_;
};

}  // namespace tcpcopy
