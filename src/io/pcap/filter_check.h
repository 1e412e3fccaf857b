#pragma once

#include <string>

namespace tcpcopy {

/// What is wrong with a pcap filter expression, in libpcap's words; empty when it compiles. Needs
/// neither privileges nor an interface.
std::string FilterProblem(const std::string& expression);

}  // namespace tcpcopy
