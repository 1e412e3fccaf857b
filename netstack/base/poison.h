#pragma once

#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TCPCOPY_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define TCPCOPY_ASAN 1
#endif

#if defined(TCPCOPY_ASAN)
#include <sanitizer/asan_interface.h>
#endif

namespace tcpcopy {

// Pools keep the memory that is given back to them, so AddressSanitizer would see nothing wrong in
// its use. They poison it meanwhile. All of this is nothing in other builds.

#if defined(TCPCOPY_ASAN)
inline constexpr bool kPoisoning = true;
inline void Poison(const void* memory, std::size_t bytes) {
  __asan_poison_memory_region(memory, bytes);
}
inline void Unpoison(const void* memory, std::size_t bytes) {
  __asan_unpoison_memory_region(memory, bytes);
}
/// Whether any byte of it is poisoned.
inline bool IsPoisoned(const void* memory, std::size_t bytes) {
  return __asan_region_is_poisoned(const_cast<void*>(memory), bytes) != nullptr;
}
#else
inline constexpr bool kPoisoning = false;
inline void Poison(const void*, std::size_t) {}
inline void Unpoison(const void*, std::size_t) {}
inline bool IsPoisoned(const void*, std::size_t) { return false; }
#endif

}  // namespace tcpcopy
