#include "src/io/intercept/classic_connector.h"

#include "src/io/intercept/refusals.h"

namespace tcpcopy {

void ClassicConnector::Begin() {
  out_.Add(ClassicMessage{ClassicMessage::kVersion, {}}.Encode());
  events_.OnUp();
}

Result<void, std::string> ClassicConnector::OnBytes(ConstBytes bytes) {
  reader_.Feed(bytes);
  while (true) {
    const auto record = reader_.Next();
    if (!record) {
      const bool own = record.error() == ClassicError::kOwnProtocol;
      return Err(std::string(own ? kSpeaksClassicText : kBrokenText));
    }
    if (!*record) return {};
    if (const auto reply = ReadClassicRecord(**record)) {
      events_.OnReply({reply->packet(), reply->wire_length});
    } else {
      ++bad_replies_;
    }
  }
}

bool ClassicConnector::Write(std::uint16_t type, const FlowKey& flow) {
  const bool v4 = flow.local.address.IsV4() && flow.peer.address.IsV4();
  if (!v4 || !out_.HasRoomFor(ClassicMessage::kBytes)) return false;
  out_.Add(ClassicMessage{type, flow}.Encode());
  return true;
}

}  // namespace tcpcopy
