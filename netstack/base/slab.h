#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "netstack/base/check.h"
#include "netstack/base/poison.h"

namespace tcpcopy {

/// Objects of one kind that come and go often: memory is taken in chunks as it is needed, and kept.
/// Bounded by its users, each of which has at most one. Those left must not outlive it. Not
/// thread-safe.
template <typename T>
class Slab {
 public:
  Slab() = default;
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  /// The one given back last is used first, so that few stay few pages.
  template <typename... Args>
  T* New(Args&&... args) {
    if (free_ == nullptr) AddChunk();
    Place* const place = free_;
    free_ = place->next;
    Unpoison(place->room, sizeof(place->room));
    ++in_use_;
    return new (place->room) T(std::forward<Args>(args)...);
  }
  /// `object` was given by `New` of this slab.
  void Delete(T* object) {
    TCPCOPY_CHECK(in_use_ > 0);
    --in_use_;
    object->~T();
    // The room is the place's first member.
    static_assert(offsetof(Place, room) == 0);
    Place* const place = static_cast<Place*>(static_cast<void*>(object));
    Poison(place->room, sizeof(place->room));
    place->next = free_;
    free_ = place;
  }

  std::size_t in_use() const { return in_use_; }

  /// At most what one takes.
  static constexpr std::size_t BytesOfOne() { return sizeof(Place); }

 private:
  static constexpr std::size_t kPlacesAChunk = 64;

  struct Place {
    alignas(T) std::byte room[sizeof(T)];
    Place* next = nullptr;
  };

  void AddChunk() {
    chunks_.emplace_back(new Place[kPlacesAChunk]);
    for (std::size_t i = kPlacesAChunk; i-- > 0;) {
      Place& place = chunks_.back()[i];
      Poison(place.room, sizeof(place.room));
      place.next = free_;
      free_ = &place;
    }
  }

  std::size_t in_use_ = 0;
  Place* free_ = nullptr;
  std::vector<std::unique_ptr<Place[]>> chunks_;
};

}  // namespace tcpcopy
