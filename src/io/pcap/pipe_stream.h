#pragma once

#include <sys/types.h>

#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include "src/io/pcap/record_counter.h"
#include "src/io/unique_fd.h"

namespace tcpcopy {

/// A pipe, or whatever else a capture comes from bit by bit, as a stream for libpcap that can tell
/// beforehand whether reading the next packet would have to wait. (libpcap cannot give up in the
/// middle of a record and go on later.) The descriptor's own flags stay as they are: others may
/// share them.
class PipeStream {
 public:
  explicit PipeStream(UniqueFd fd) : fd_(std::move(fd)) {}
  PipeStream(const PipeStream&) = delete;
  PipeStream& operator=(const PipeStream&) = delete;

  /// What reads the bytes; it waits when there are none. Must be closed before this object goes;
  /// nullptr with errno. To be called once.
  std::FILE* Open();

  /// Takes what there is, without waiting, until `count` packets have come. True when they have, or
  /// when reading on tells why they never will: at the end, after an error, or when the bytes make
  /// no sense.
  bool Holds(std::uint64_t count);

  /// Readable when `Holds` may have become true.
  int fd() const { return fd_.get(); }

 private:
  static constexpr std::size_t kChunk = 64 * 1024;
  /// Kept for the reader; with more than that and no packet in it, it reads on and waits.
  static constexpr std::size_t kMostKept = 32U << 20;

  static ssize_t Read(void* stream, char* bytes, std::size_t size);
  /// Takes what there is, or with `wait` what comes next. False when nothing did.
  bool Receive(bool wait);

  const UniqueFd fd_;
  RecordCounter counter_;
  std::vector<std::uint8_t> kept_;  // received and, from `given_` on, not yet read
  std::size_t given_ = 0;
  int error_ = 0;
  bool ended_ = false;
};

}  // namespace tcpcopy
