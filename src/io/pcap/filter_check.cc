#include "src/io/pcap/filter_check.h"

#include <pcap/pcap.h>

#include <memory>

namespace tcpcopy {
namespace {

constexpr int kSnapshotBytes = 65535;

}  // namespace

std::string FilterProblem(const std::string& expression) {
  const std::unique_ptr<pcap_t, void (*)(pcap_t*)> handle(
      pcap_open_dead(DLT_EN10MB, kSnapshotBytes), pcap_close);
  if (!handle) return "";  // no memory to tell; opening the capture will
  bpf_program program{};
  if (pcap_compile(handle.get(), &program, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    return pcap_geterr(handle.get());
  }
  pcap_freecode(&program);
  return "";
}

}  // namespace tcpcopy
