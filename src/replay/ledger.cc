#include "src/replay/ledger.h"

#include <numeric>

#include "netstack/base/check.h"

namespace tcpcopy {

std::string_view Key(PacketVerdict verdict) {
  switch (verdict) {
    case PacketVerdict::kToSession:
      return "to_session";
    case PacketVerdict::kLeftOut:
      return "left_out";
    case PacketVerdict::kTwin:
      return "twin";
    case PacketVerdict::kStray:
      return "stray";
    case PacketVerdict::kNotSelected:
      return "not_selected";
    case PacketVerdict::kCount:
      break;
  }
  return "?";
}

SessionTotals& SessionTotals::operator+=(const SessionTotals& other) {
  sessions += other.sessions;
  requests += other.requests;
  requests_delivered += other.requests_delivered;
  bytes += other.bytes;
  bytes_delivered += other.bytes_delivered;
  return *this;
}

SessionTotals& SessionTotals::operator-=(const SessionTotals& other) {
  sessions -= other.sessions;
  requests -= other.requests;
  requests_delivered -= other.requests_delivered;
  bytes -= other.bytes;
  bytes_delivered -= other.bytes_delivered;
  return *this;
}

DatagramCounts& DatagramCounts::operator+=(const DatagramCounts& other) {
  answered += other.answered;
  unreachable += other.unreachable;
  too_long += other.too_long;
  no_room += other.no_room;
  made_room += other.made_room;
  return *this;
}

void Ledger::Grow(std::uint64_t requests, std::uint64_t bytes) {
  seen_.requests += requests;
  seen_.bytes += bytes;
  active_.requests += requests;
  active_.bytes += bytes;
}

void Ledger::Close(Outcome outcome, const SessionTotals& totals) {
  TCPCOPY_CHECK(totals.sessions == 1 && active_.sessions >= 1);
  TCPCOPY_CHECK(active_.requests >= totals.requests && active_.bytes >= totals.bytes);
  TCPCOPY_CHECK(totals.requests >= totals.requests_delivered);
  TCPCOPY_CHECK(totals.bytes >= totals.bytes_delivered);
  active_.sessions -= 1;
  active_.requests -= totals.requests;
  active_.bytes -= totals.bytes;
  outcomes_[static_cast<std::size_t>(outcome)] += totals;
  seen_.requests_delivered += totals.requests_delivered;
  seen_.bytes_delivered += totals.bytes_delivered;
}

void Ledger::LeaveOut(Outcome outcome, const SessionTotals& totals) {
  outcomes_[static_cast<std::size_t>(outcome)] += totals;
  seen_ += totals;
}

void Ledger::TakeBack(Outcome outcome, const SessionTotals& totals) {
  SessionTotals& row = outcomes_[static_cast<std::size_t>(outcome)];
  TCPCOPY_CHECK(row.sessions >= totals.sessions && row.bytes >= totals.bytes);
  row -= totals;
  seen_ -= totals;
}

std::uint64_t Ledger::packets() const {
  return std::accumulate(verdicts_.begin(), verdicts_.end(), std::uint64_t{0}) +
         std::accumulate(parse_errors_.begin(), parse_errors_.end(), std::uint64_t{0});
}

Ledger& Ledger::operator+=(const Ledger& other) {
  TCPCOPY_CHECK(transport_ == other.transport_);
  datagrams_ += other.datagrams_;
  seen_ += other.seen_;
  active_ += other.active_;
  for (std::size_t i = 0; i < outcomes_.size(); ++i) outcomes_[i] += other.outcomes_[i];
  for (std::size_t i = 0; i < verdicts_.size(); ++i) verdicts_[i] += other.verdicts_[i];
  for (std::size_t i = 0; i < parse_errors_.size(); ++i) parse_errors_[i] += other.parse_errors_[i];
  lateness_ += other.lateness_;
  for (const auto count :
       {&Ledger::cut_packets_, &Ledger::of_other_shards_, &Ledger::adopted_sessions_,
        &Ledger::skipped_bytes_, &Ledger::conflicting_segments_, &Ledger::conflicting_bytes_,
        &Ledger::too_big_, &Ledger::replies_, &Ledger::stray_replies_, &Ledger::replies_twice_}) {
    this->*count += other.*count;
  }
  return *this;
}

SessionTotals Ledger::Ended() const {
  SessionTotals sum;
  for (const SessionTotals& totals : outcomes_) sum += totals;
  return sum;
}

bool Ledger::Reconciles() const {
  SessionTotals sum = Ended();
  sum += active_;
  return sum == seen_;
}

}  // namespace tcpcopy
