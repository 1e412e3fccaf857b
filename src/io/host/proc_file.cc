#include "src/io/host/proc_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "src/io/unique_fd.h"

namespace tcpcopy {

std::string ReadProcFile(const char* path) {
  const UniqueFd file(::open(path, O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 65536> chunk;
  while (file) {
    const ssize_t got = ::read(file.get(), chunk.data(), chunk.size());
    if (got <= 0) break;
    text.append(chunk.data(), static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace tcpcopy
