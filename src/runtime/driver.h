#pragma once

#include "netstack/base/time.h"

namespace tcpcopy {

/// Who wants to know that a file descriptor became readable.
class ReadableHandler {
 public:
  /// Called from `Driver::Wait`, so it should only take note or post a `Runnable`. The descriptor
  /// is watched again (level-triggered) when the call returns.
  virtual void OnReadable() = 0;

 protected:
  ~ReadableHandler() = default;
};

/// Who wants to know that a file descriptor takes bytes again.
class WritableHandler {
 public:
  /// Called from `Driver::Wait`, so it should only take note or post a `Runnable`.
  virtual void OnWritable() = 0;

 protected:
  ~WritableHandler() = default;
};

/// How the event loop waits: for descriptors and for what it has submitted.
class Driver {
 public:
  virtual ~Driver() = default;

  /// Watches `fd` for reading until `Unwatch`. Neither is owned; both must outlive the watching.
  virtual void Watch(int fd, ReadableHandler& handler) = 0;
  virtual void Unwatch(int fd) = 0;

  /// Tells `handler` once that `fd` takes bytes, or has failed, and forgets it then. Independent of
  /// watching it for reading. Neither is owned; both must outlive the watching.
  virtual void WatchWritable(int fd, WritableHandler& handler) = 0;
  /// No effect when it is not watched for writing.
  virtual void UnwatchWritable(int fd) = 0;

  /// Submits everything queued so far, waits until something happened or `until` has come (a time
  /// in the past: only looks), and delivers what happened. May return early.
  virtual void Wait(Instant until) = 0;
};

}  // namespace tcpcopy
