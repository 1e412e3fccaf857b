#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/app/reply_intake.h"
#include "src/io/packet_sink.h"
#include "src/io/packet_source.h"
#include "src/replay/ledger.h"
#include "src/replay/shard.h"

namespace tcpcopy {

/// What a report is made of, at one moment.
struct ReportInput {
  const Ledger& ledger;
  CaptureStats client_capture;
  ReplyIntake::Stats replies;
  PacketSink::Stats sent;
  Duration elapsed{0};
  Shard shard{};                                       // whose run this is
  std::vector<std::uint64_t> sessions_by_worker = {};  // seen by each
};

/// The ledger as a table that a person can read, several lines, ending with a newline.
std::string ReportTable(const ReportInput& input);

/// The sums alone, with losses by place, as one line without an end.
std::string ReportLine(const ReportInput& input);

/// The ledger for programs: one JSON object, indented, ending with a newline; begins with
/// `SummaryHead`.
std::string ReportJson(const ReportInput& input);
/// The same on one line, without head and end, and without what each outcome adds up and each
/// bucket holds: for the log.
std::string ReportFields(const ReportInput& input);

}  // namespace tcpcopy
