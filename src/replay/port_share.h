#pragma once

#include <cstdint>

#include "src/replay/port_class.h"

namespace tcpcopy {

/// Which ports an instance may use, so that several towards one target never choose the same (-f).
/// Told by the port's number alone: instances need not know of each other, and may be on different
/// hosts.
class PortShare {
 public:
  static constexpr std::uint32_t kInstances = 1024;  // of TCPCopy's -f: 0..1023
  static constexpr std::uint16_t kFirstPort = 1024;

  /// All ports.
  PortShare() = default;
  /// Instance `number` of `count`, 0 <= number < count <= kInstances: every `count`th port.
  static PortShare OneOf(std::uint32_t number, std::uint32_t count);
  /// Instance `number` of nobody knows how many, 0 <= number < kInstances: low numbers, which are
  /// what people use, get larger shares (0: a quarter of the ports, 1 and 2: a sixteenth, ...), all
  /// of them at least every 2,048th port.
  static PortShare Numbered(std::uint32_t number);

  /// What of it is of one of the instance's workers.
  PortShare Within(const PortClass& ports) const;

  /// Whether the instance may use `port`, which is one from `kFirstPort` on.
  bool Contains(std::uint16_t port) const;
  bool IsAll() const { return kind_ == Kind::kAll && class_.IsAll(); }
  /// Whether not even one port is of it.
  bool IsEmpty() const;

 private:
  enum class Kind : std::uint8_t { kAll, kOneOf, kNumbered };

  bool HasPort(std::uint16_t port) const;

  PortShare(Kind kind, std::uint32_t number, std::uint32_t count)
      : kind_(kind), number_(number), count_(count) {}

  Kind kind_ = Kind::kAll;
  std::uint32_t number_ = 0;
  std::uint32_t count_ = 1;
  PortClass class_;
};

}  // namespace tcpcopy
