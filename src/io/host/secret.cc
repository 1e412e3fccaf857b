#include "src/io/host/secret.h"

#include <random>
#include <string>

#include "netstack/base/prng.h"
#include "src/io/host/proc_file.h"

namespace tcpcopy {

std::uint64_t RandomSecret() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

std::uint64_t SecretOfThisBoot() {
  const std::string boot = ReadProcFile("/proc/sys/kernel/random/boot_id");
  return boot.empty() ? RandomSecret() : Prng(0).Fork(boot).Next();
}

}  // namespace tcpcopy
