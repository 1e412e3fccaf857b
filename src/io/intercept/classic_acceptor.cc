#include "src/io/intercept/classic_acceptor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "netstack/base/check.h"
#include "src/io/intercept/frame.h"
#include "src/io/intercept/refusals.h"

namespace tcpcopy {

ClassicAcceptor::ClassicAcceptor(OutBuffer& out, AcceptorEvents& events, std::size_t batch)
    : out_(out), events_(events), batch_(batch) {
  TCPCOPY_CHECK(batch <= kClassicMaxRecords);
}

Result<void, std::string> ClassicAcceptor::OnBytes(ConstBytes bytes) {
  partial_.insert(partial_.end(), bytes.begin(), bytes.end());
  ConstBytes rest = partial_;
  while (rest.size() >= ClassicMessage::kBytes) {
    const ConstBytes message = rest.first(ClassicMessage::kBytes);
    rest = rest.subspan(ClassicMessage::kBytes);
    if (up_) {
      OnMessage(ClassicMessage::Decode(message));
    } else if (auto outcome = OnFirst(message); !outcome) {
      return outcome;
    }
  }
  partial_.erase(partial_.begin(), partial_.end() - static_cast<std::ptrdiff_t>(rest.size()));
  return {};
}

Result<void, std::string> ClassicAcceptor::OnFirst(ConstBytes bytes) {
  const ClassicMessage message = ClassicMessage::Decode(bytes);
  if (message.flow != FlowKey{}) {
    const bool own = bytes[4] == static_cast<std::uint8_t>(FrameType::kHello);
    if (!own) return Err(std::string(kBrokenText));
    // In our own protocol, so that it is understood.
    FrameWriter(out_).Write(FrameType::kRefuse,
                            Refusal{RefuseCode::kProtocol, std::string(kSpeaksOwnText)}.Encode());
    return Err(std::string(kSpeaksOwnText));
  }
  if (!events_.HasRoom()) return Err(std::string(kFullText));
  up_ = true;
  // TCPCopy's own intercept serves other versions, too.
  events_.OnUp(0, fmt::format("TCPCopy with protocol version {}", message.type));
  return {};
}

void ClassicAcceptor::OnMessage(const ClassicMessage& message) {
  if (message.type == ClassicMessage::kAdd) events_.OnAnnounce(message.flow);
  if (message.type == ClassicMessage::kDelete) events_.OnWithdraw(message.flow);
}

bool ClassicAcceptor::Send(const Reply& reply) {
  if (!out_.HasRoomFor(kClassicRecordBytes + kClassicCountBytes)) return false;
  std::array<std::uint8_t, kClassicRecordBytes> record;
  if (!WriteClassicRecord(reply.packet, reply.wire_length, record)) return false;
  if (batch_ == 0) {
    ++batches_;
    out_.Add(record);
    return true;
  }
  const bool begun = last_records_ > 0 && last_records_ < batch_;
  if (!begun || out_.At(last_position_, kClassicCountBytes).empty()) {
    last_position_ = out_.end();
    last_records_ = 0;
    out_.Add(kClassicCountBytes);
    ++batches_;
  }
  out_.Add(record);
  ++last_records_;
  StoreBe16(out_.At(last_position_, kClassicCountBytes).data(),
            static_cast<std::uint16_t>(last_records_));
  return true;
}

}  // namespace tcpcopy
