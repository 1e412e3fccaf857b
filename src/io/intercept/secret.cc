#include "src/io/intercept/secret.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "src/io/unique_fd.h"

namespace tcpcopy {
namespace {

IoError Refused(const std::string& path, std::string_view why) {
  return {fmt::format("cannot use the secret in {}: {}", path, why)};
}

/// The whole file, or one byte more than is allowed.
Result<std::vector<std::uint8_t>, int> ReadAll(int fd) {
  // One buffer that never moves, so that nothing is left behind in memory.
  std::vector<std::uint8_t> bytes(Secret::kMaxBytes + 1);
  std::size_t length = 0;
  while (length < bytes.size()) {
    const ssize_t got = ::read(fd, bytes.data() + length, bytes.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Err(errno);
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
  }
  bytes.resize(length);
  return bytes;
}

void Wipe(std::vector<std::uint8_t>& bytes) {
  if (!bytes.empty()) OPENSSL_cleanse(bytes.data(), bytes.size());
}

}  // namespace

Secret::Secret(std::string_view text) : bytes_(text.begin(), text.end()) {}

Secret& Secret::operator=(Secret other) noexcept {
  bytes_.swap(other.bytes_);
  return *this;
}

Secret::~Secret() { Wipe(bytes_); }

Result<Secret, IoError> Secret::Load(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) {
    return Err(SystemError("cannot open the secret in " + path, errno));
  }
  if (!S_ISREG(status.st_mode)) return Err(Refused(path, "it is not a file"));
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Err(Refused(path, fmt::format("others may read it; `chmod 600 {}`", path)));
  }
  auto bytes = ReadAll(file.get());
  if (!bytes) return Err(SystemError("cannot read the secret in " + path, bytes.error()));
  Secret secret;
  secret.bytes_.swap(*bytes);
  if (secret.bytes_.size() > kMaxBytes) {
    return Err(Refused(path, fmt::format("it has more than {} bytes", kMaxBytes)));
  }
  if (!secret.bytes_.empty() && secret.bytes_.back() == '\n') secret.bytes_.pop_back();
  if (!secret.bytes_.empty() && secret.bytes_.back() == '\r') secret.bytes_.pop_back();
  if (secret.empty()) return Err(Refused(path, "it is empty"));
  return secret;
}

}  // namespace tcpcopy
