#include "netstack/wire/endpoint.h"

#include <fmt/format.h>

namespace tcpcopy {

std::string Endpoint::ToString() const {
  return address.IsV4() ? fmt::format("{}:{}", address.ToString(), port)
                        : fmt::format("[{}]:{}", address.ToString(), port);
}

}  // namespace tcpcopy
