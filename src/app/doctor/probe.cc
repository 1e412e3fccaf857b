#include "src/app/doctor/probe.h"

#include "netstack/wire/build_packet.h"

namespace tcpcopy {
namespace {

bool Send(PacketSink& sink, const FlowKey& flow, const TcpSegment& segment) {
  SendSlot* const slot = sink.Acquire();
  if (slot == nullptr) return false;
  const std::size_t length = HeaderLength(flow.local.address.family(), segment.options);
  BuildPacket(flow, segment, Probe::kIpId, slot->buffer.first(length));
  sink.Send(slot, length, flow.peer.address);
  return true;
}

}  // namespace

bool Probe::SendSyn(PacketSink& sink) const {
  TcpSegment syn;
  syn.seq = SeqNum(isn);
  syn.flags.bits = TcpFlags::kSyn;
  syn.window = 65535;
  syn.options.mss = mss;
  syn.options.sack_permitted = true;
  return Send(sink, flow, syn);
}

bool Probe::SendReset(PacketSink& sink) const {
  TcpSegment reset;
  reset.seq = SeqNum(isn + 1);
  reset.flags.bits = TcpFlags::kRst;
  return Send(sink, flow, reset);
}

}  // namespace tcpcopy
