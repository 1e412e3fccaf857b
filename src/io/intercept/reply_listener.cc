// The connections themselves are still to come: nobody ever connects.
#include "src/io/intercept/reply_listener.h"

namespace tcpcopy {

struct ReplyListener::Parts {
  EventLoop& loop;
  const Options options;
  PeerHandler& handler;
  const Log log;
};

Result<std::unique_ptr<ReplyListener>, IoError> ReplyListener::Create(EventLoop& loop,
                                                                      Options options,
                                                                      PeerHandler& handler,
                                                                      Log log) {
  std::unique_ptr<Parts> parts(new Parts{loop, std::move(options), handler, std::move(log)});
  return std::unique_ptr<ReplyListener>(new ReplyListener(std::move(parts)));
}

ReplyListener::ReplyListener(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ReplyListener::~ReplyListener() = default;

const std::vector<Endpoint>& ReplyListener::listening() const { return parts_->options.listen_on; }
bool ReplyListener::Send(PeerId, ConstBytes, std::size_t) { return false; }
ReplyListener::Stats ReplyListener::stats() const { return {}; }

}  // namespace tcpcopy
