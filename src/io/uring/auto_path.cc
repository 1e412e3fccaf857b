#include "src/io/uring/auto_path.h"

namespace tcpcopy {

int AutoPath::Prepare(const IpAddress& destination, Departure& departure) {
  if (MayBeFrames(destination)) {
    const int fd = link_layer_->Prepare(destination, departure);
    if (fd >= 0) return fd;
  }
  return ip_.Prepare(destination, departure);
}

void AutoPath::Refresh() {
  if (link_layer_ == nullptr) return;
  const std::uint32_t before = link_layer_->version();
  link_layer_->Refresh();
  if (link_layer_->version() != before) Change();
}

void AutoPath::AllowFramesTo(const IpAddress& target, bool allow) {
  if (allow) {
    only_ip_.erase(target);
  } else {
    only_ip_.insert(target);
  }
  Change();
}

}  // namespace tcpcopy
