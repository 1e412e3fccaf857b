#include "tests/counted_heap.h"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t> allocations{0};
std::atomic<const bool*> only_while{nullptr};

void* Allocate(std::size_t size, std::size_t alignment) {
  const bool* const condition = only_while.load(std::memory_order_relaxed);
  if (condition == nullptr || *condition) allocations.fetch_add(1, std::memory_order_relaxed);
  void* const room = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (room == nullptr) throw std::bad_alloc();
  return room;
}

}  // namespace

void* operator new(std::size_t size) { return Allocate(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return Allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* room) noexcept { std::free(room); }
void operator delete(void* room, std::size_t) noexcept { std::free(room); }
void operator delete(void* room, std::align_val_t) noexcept { std::free(room); }
void operator delete(void* room, std::size_t, std::align_val_t) noexcept { std::free(room); }

namespace tcpcopy::testing {

std::uint64_t Allocations() { return allocations.load(std::memory_order_relaxed); }

void CountAllocationsOnlyWhile(const bool* condition) { only_while = condition; }

}  // namespace tcpcopy::testing
