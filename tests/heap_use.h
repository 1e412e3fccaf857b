#pragma once

#include <malloc.h>

#include <cstddef>

#ifdef __SANITIZE_ADDRESS__
// As <sanitizer/allocator_interface.h> does, which not every compiler package brings.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace tcpcopy::testing {

/// Bytes of heap that this process uses, with what the allocator adds to each piece; with
/// AddressSanitizer, which brings an allocator that glibc knows nothing of, without that.
inline std::size_t HeapUse() {
#ifdef __SANITIZE_ADDRESS__
  return __sanitizer_get_current_allocated_bytes();
#else
  return mallinfo2().uordblks + mallinfo2().hblkhd;
#endif
}

}  // namespace tcpcopy::testing
