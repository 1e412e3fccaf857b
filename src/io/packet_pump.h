#pragma once

#include <functional>
#include <string>

#include "src/io/packet_source.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// Moves packets from a source to a handler, a batch a turn of the loop, so that nobody waits long.
/// A source with a descriptor is read when that is readable; one without (a file) whenever its next
/// packet is due. Where there is a gate, it is asked before each packet, and a descriptor is
/// watched only while the source has nothing: behind a closed gate it would be readable all the
/// time.
class PacketPump final : public Runnable, private Timer, private ReadableHandler {
 public:
  static constexpr std::size_t kBatch = 256;

  /// What the pump tells. Each may be empty.
  struct Events {
    std::function<void()> on_end;                      // the source has no more, ever
    std::function<void(const std::string&)> on_error;  // the source cannot go on
    std::function<bool()> may_read;                    // whoever closes it posts the pump later
  };

  /// Nothing is owned.
  PacketPump(EventLoop& loop, PacketSource& source, PacketHandler& handler, Events events);
  ~PacketPump();

  void Start();
  /// Reads no more; neither `on_end` nor `on_error` is called after it.
  void Stop();
  bool stopped() const { return stopped_; }

  void Run() override;

 private:
  void RunGated();
  void Watch();
  void Unwatch();
  /// What comes after a batch that ended with `status`.
  void Follow(const Result<PacketSource::Status, SourceError>& status);
  void OnTimer() override { loop_.Post(*this); }
  void OnReadable() override { loop_.Post(*this); }

  EventLoop& loop_;
  PacketSource& source_;
  PacketHandler& handler_;
  const Events events_;
  int watched_ = -1;  // descriptor
  bool stopped_ = true;
};

}  // namespace tcpcopy
