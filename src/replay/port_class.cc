#include "src/replay/port_class.h"

#include "netstack/base/check.h"

namespace tcpcopy {

PortClass::PortClass(std::uint32_t number, std::uint32_t count) : number_(number), count_(count) {
  TCPCOPY_CHECK(number < count && count <= kMost);
}

}  // namespace tcpcopy
