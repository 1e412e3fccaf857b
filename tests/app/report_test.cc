#include "src/app/report.h"

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using Json = nlohmann::json;

/// One session of each outcome, `n` requests of 100 bytes for the n-th, half of them delivered; two
/// more are active; and a packet of each kind.
Ledger FilledLedger() {
  Ledger ledger;
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    ledger.Open();
    ledger.Grow(2 * i, 200 * i);
    ledger.Close(static_cast<Outcome>(i), {1, 2 * i, i, 200 * i, 100 * i});
  }
  ledger.Open();
  ledger.Open();
  ledger.Grow(3, 7);
  for (std::size_t i = 0; i < static_cast<std::size_t>(PacketVerdict::kCount); ++i) {
    for (std::size_t n = 0; n <= i; ++n) ledger.CountPacket(static_cast<PacketVerdict>(i));
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(ParseError::kCount); ++i) {
    ledger.CountParseError(static_cast<ParseError>(i));
  }
  ledger.CountCutPacket();
  ledger.CountAdopted(30);
  ledger.CountAdopted(4);
  ledger.CountConflict(0);
  ledger.CountConflict(41);
  ledger.CountConflict(1);
  for (int i = 0; i < 5; ++i) ledger.CountTooBig();
  ledger.CountReply(true);
  ledger.CountReply(true);
  ledger.CountReply(false);
  return ledger;
}

ReportInput Input(const Ledger& ledger) {
  return {ledger,
          {1000, 11, 12},
          {.captured_here = {2000, 21, 22}},
          {31, 3100, 6, 4, {{ENOBUFS, 2}, {EPERM, 1}}},
          2500ms};
}

/// The cells of the table's row of that name; empty when it has none.
std::vector<std::uint64_t> Row(const std::string& table, const std::string& name) {
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("  " + name + " ")) continue;
    std::istringstream cells(line.substr(2 + name.size()));
    return {std::istream_iterator<std::uint64_t>(cells), {}};
  }
  return {};
}

std::uint64_t Sum(const Json& object) {
  std::uint64_t sum = 0;
  for (const Json& value : object) sum += value.get<std::uint64_t>();
  return sum;
}

BOOST_AUTO_TEST_CASE(TheJsonHasEveryOutcomeAndItsSumsAreRight) {
  const Ledger ledger = FilledLedger();
  const std::string text = ReportJson(Input(ledger));
  BOOST_TEST(text.ends_with("}\n"));
  const Json json = Json::parse(text);
  const Json& sessions = json["sessions"];
  BOOST_TEST(sessions["outcomes"].size() == kOutcomes);
  BOOST_TEST(json["by_outcome"].size() == kOutcomes);
  Json sum{{"sessions", 0},
           {"requests", 0},
           {"requests_delivered", 0},
           {"bytes", 0},
           {"bytes_delivered", 0}};
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    const std::string key(Key(static_cast<Outcome>(i)));
    BOOST_TEST_REQUIRE(sessions["outcomes"].contains(key), key);
    BOOST_TEST(sessions["outcomes"][key] == 1);
    BOOST_TEST(json["by_outcome"][key]["bytes_delivered"] == 100 * i);
    for (auto& [column, total] : sum.items()) {
      total = total.get<std::uint64_t>() + json["by_outcome"][key][column].get<std::uint64_t>();
    }
  }
  BOOST_TEST(sessions["active"] == 2);
  BOOST_TEST(sessions["seen"] == sum["sessions"].get<std::uint64_t>() + 2);
  BOOST_TEST(json["requests"]["seen"] == sum["requests"].get<std::uint64_t>() + 3);
  BOOST_TEST(json["requests"]["delivered"] == sum["requests_delivered"]);
  BOOST_TEST(json["bytes"]["seen"] == sum["bytes"].get<std::uint64_t>() + 7);
  BOOST_TEST(json["bytes"]["delivered"] == sum["bytes_delivered"]);
}

BOOST_AUTO_TEST_CASE(TheJsonTellsTheSessionsOfEachWorker) {
  const Ledger ledger;
  ReportInput input = Input(ledger);
  BOOST_TEST(!Json::parse(ReportJson(input))["sessions"].contains("by_worker"));
  input.sessions_by_worker = {7, 5};
  BOOST_TEST((Json::parse(ReportJson(input))["sessions"]["by_worker"] == Json{{"1", 7}, {"2", 5}}));
}

BOOST_AUTO_TEST_CASE(TheJsonsPacketsAddUp) {
  const Ledger ledger = FilledLedger();
  const Json json = Json::parse(ReportJson(Input(ledger)));
  const Json& packets = json["packets"];
  BOOST_TEST(packets["verdicts"].size() == static_cast<std::size_t>(PacketVerdict::kCount));
  BOOST_TEST(packets["unparsable"].size() == static_cast<std::size_t>(ParseError::kCount));
  BOOST_TEST(packets["verdicts"]["to_session"] == 1);
  BOOST_TEST(packets["verdicts"]["not_selected"] == 4);
  BOOST_TEST(packets["captured"] == Sum(packets["verdicts"]) + Sum(packets["unparsable"]));
  BOOST_TEST(packets["cut_by_snaplen"] == 1);
  BOOST_TEST(packets["conflicting_segments"] == 2);
  BOOST_TEST(json["adopted"]["sessions"] == 2);
  BOOST_TEST(json["adopted"]["bytes_skipped"] == 34);
  BOOST_TEST(packets["conflicting_bytes"] == 42);
  BOOST_TEST(packets["sent"] == 31);
  BOOST_TEST(packets["sent_bytes"] == 3100);
  BOOST_TEST(packets["send_errors"] == 3);
  BOOST_TEST((packets["send_errors_by_name"] == Json{{"ENOBUFS", 2}, {"EPERM", 1}}));
  BOOST_TEST(packets["send_waits"] == 6);
  BOOST_TEST(packets["sent_joined"] == 4);
  BOOST_TEST(packets["too_big"] == 5);
  BOOST_TEST(packets["replies"] == 2);
  BOOST_TEST(packets["stray_replies"] == 1);
  BOOST_TEST(json["capture"]["dropped_by_kernel"] == 11);
  BOOST_TEST(json["capture"]["dropped_by_interface"] == 12);
  BOOST_TEST(json["capture"]["replies_dropped_by_kernel"] == 21);
  BOOST_TEST(json["elapsed_s"] == 2.5);
}

BOOST_AUTO_TEST_CASE(AShardSaysWhichItIsAndCountsNothingOfOthers) {
  Ledger ledger = FilledLedger();
  ReportInput input = Input(ledger);
  BOOST_TEST(!Json::parse(ReportJson(input)).contains("shard"));
  const std::uint64_t packets = ledger.packets();
  for (int i = 0; i < 5; ++i) ledger.CountOfOtherShard();
  input.shard = Shard(2, 3);
  const Json json = Json::parse(ReportJson(input));
  BOOST_TEST((json["shard"] == Json{{"of", 3}, {"numbers", {2}}, {"packets_of_others", 5}}));
  BOOST_TEST(json["packets"]["captured"] == packets);
  const std::string table = ReportTable(input);
  BOOST_TEST(
      (table.find("  shard 2/3; not counted here: 5 packets of the other shards' sessions\n") !=
       std::string::npos),
      table);
}

BOOST_AUTO_TEST_CASE(LatenessIsInTheTableWhenItIsNotable) {
  Ledger ledger;
  const auto table = [&ledger] { return ReportTable(Input(ledger)); };
  BOOST_TEST(!Json::parse(ReportJson(Input(ledger))).contains("lateness"));
  for (int i = 0; i < 197; ++i) ledger.CountLateness(9ms);
  BOOST_TEST((table().find("later than scheduled") == std::string::npos));
  for (int i = 0; i < 3; ++i) ledger.CountLateness(70ms);
  BOOST_TEST((table().find("  sessions began later than scheduled: half of them at most 9.2 ms, "
                           "99 % 70.0 ms, all 70.0 ms\n") != std::string::npos),
             table());
  const Json json = Json::parse(ReportJson(Input(ledger)))["lateness"];
  BOOST_TEST(json["sessions"] == 200);
  BOOST_TEST(json["max_us"] == 70'000.0);
  const Json fields = Json::parse(ReportFields(Input(ledger)))["lateness"];
  BOOST_TEST((fields.contains("p99_us") && !fields.contains("buckets_us")));
}

BOOST_AUTO_TEST_CASE(TheJsonOfNothingIsWholeToo) {
  const Ledger ledger;
  const Json json = Json::parse(ReportJson({ledger, {}, {}, {}, Duration{0}}));
  BOOST_TEST(json["sessions"]["seen"] == 0);
  BOOST_TEST(json["sessions"]["outcomes"].size() == kOutcomes);
  BOOST_TEST(json["elapsed_s"] == 0.0);
}

BOOST_AUTO_TEST_CASE(TheTablesRowsAddUpToSeen) {
  const Ledger ledger = FilledLedger();
  const std::string table = ReportTable(Input(ledger));
  std::vector<std::uint64_t> sum = Row(table, "active");
  BOOST_TEST(sum == (std::vector<std::uint64_t>{2, 3, 0, 7, 0}), boost::test_tools::per_element());
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    const std::vector<std::uint64_t> row = Row(table, std::string(ToString(outcome)));
    BOOST_TEST_REQUIRE(row.size() == sum.size(), ToString(outcome));
    for (std::size_t column = 0; column < sum.size(); ++column) sum[column] += row[column];
  }
  BOOST_TEST(Row(table, "seen") == sum, boost::test_tools::per_element());
  for (const char* line :
       {"  captured packets: ", ", 1 to_session, 2 left_out, 3 stray, 4 not_sel",
        "  of these cut by the capture's snaplen: 1\n",
        "  adopted in mid-stream: 2 sessions; 34 bytes before them not sent\n",
        "  of these too big for a router on the way: 5\n",
        "  overlaps that differ: 2 segments, 42 bytes; sent as captured first\n",
        "  sent to the target: 31 packets, 3100 bytes, 3 send errors (1 EPERM, 2 ENOBUFS)\n",
        "  of these joined: 4 times several, to be parted as they leave (GSO)\n",
        "  waited for room to send: 6 times; too many packets were on their way\n",
        "  replies of the target: 2 (1 more of no session)\n",
        "  dropped by the kernel before we saw them: 11 client packets, 21 rep",
        "  time: 2.500 s, 8 sessions/s\n"}) {
    BOOST_TEST((table.find(line) != std::string::npos), line);
  }
  BOOST_TEST(table.ends_with("\n"));
}

BOOST_AUTO_TEST_CASE(OfDatagramsItIsSaidThatTheyWereSent) {
  Ledger ledger(Transport::kUdp);
  ledger.Open();
  ledger.Grow(5, 500);
  ledger.Close(Outcome::kAnswered, {1, 5, 4, 500, 400});
  ledger.datagrams() = {
      .answered = 3, .unreachable = 6, .too_long = 7, .no_room = 8, .made_room = 9};
  const ReportInput input = Input(ledger);
  const std::string table = ReportTable(input);
  BOOST_TEST((table.find("delivered") == std::string::npos));
  BOOST_TEST(Row(table, "answered") == (std::vector<std::uint64_t>{1, 5, 4, 500, 400}),
             boost::test_tools::per_element());
  for (const char* line :
       {" requests        sent ",
        "  datagrams answered by the target: 3 of 4 sent (UDP acknowledges nothing)\n",
        "  told to be unreachable: 6 datagrams\n",
        "  not sent: 7 datagrams too long for the target, 8 for want of memory\n",
        "  sessions ended early to make room for others: 9\n"}) {
    BOOST_TEST((table.find(line) != std::string::npos), line);
  }
  BOOST_TEST(
      ReportLine(input).starts_with("1 sessions: 0 active, 1 answered, 0 other; 5 requests, "
                                    "4 sent; "));
  const Json json = Json::parse(ReportJson(input));
  BOOST_TEST(json["transport"] == "udp");
  BOOST_TEST(json["datagrams"]["answered"] == 3);
  BOOST_TEST(json["datagrams"]["unreachable"] == 6);
  BOOST_TEST(json["datagrams"]["too_long"] == 7);
  BOOST_TEST(json["datagrams"]["no_room"] == 8);
  BOOST_TEST(json["datagrams"]["sessions_made_room"] == 9);
}

BOOST_AUTO_TEST_CASE(WithTcpNothingIsSaidOfDatagrams) {
  const Ledger ledger;
  BOOST_TEST((ReportTable(Input(ledger)).find("datagrams") == std::string::npos));
  const Json json = Json::parse(ReportJson(Input(ledger)));
  BOOST_TEST(json["transport"] == "tcp");
  BOOST_TEST(!json.contains("datagrams"));
}

BOOST_AUTO_TEST_CASE(LossesOfCarriedRepliesStandApart) {
  Ledger ledger;
  for (int i = 0; i < 9; ++i) ledger.CountReplyTwice();
  ReportInput input = Input(ledger);
  BOOST_TEST(!Json::parse(ReportJson(input)).contains("intercept"));
  BOOST_TEST((ReportTable(input).find("intercept") == std::string::npos));
  input.replies = {.captured_here = {10, 2, 0},
                   .carried = true,
                   .captured_there = {2000, 21, 22},
                   .dropped_on_the_way = 7,
                   .announcements_dropped = 8};
  const Json json = Json::parse(ReportJson(input));
  BOOST_TEST(json["intercept"]["replies_dropped"] == 7);
  BOOST_TEST(json["intercept"]["announcements_dropped"] == 8);
  BOOST_TEST(json["packets"]["replies_twice"] == 9);
  BOOST_TEST(json["intercept"]["capture_dropped"] == 21);
  BOOST_TEST(json["capture"]["replies_dropped_by_kernel"] == 2);
  const std::string table = ReportTable(input);
  for (const char* line :
       {"  replies dropped on their way from intercept: 7 (slow tcpcopy), 21 (capture)\n",
        "  replies that came by more than one way: 9; taken once\n",
        "  sessions that a slow intercept was not told of: 8\n",
        "  dropped by the kernel before we saw them: 11 client packets, 2 replies\n"}) {
    BOOST_TEST((table.find(line) != std::string::npos), line);
  }
}

BOOST_AUTO_TEST_CASE(TheLineHasTheSumsAndLossesByPlace) {
  Ledger ledger;
  ReportInput input{ledger,
                    {1000, 11, 12},
                    {.captured_here = {2000, 21, 22}},
                    {31, 3100, 6, 4, {{ENOBUFS, 2}, {EPERM, 1}}},
                    2500ms};
  for (int i = 0; i < 4; ++i) ledger.Open();
  ledger.Grow(5, 500);
  ledger.Close(Outcome::kCompleted, {1, 2, 2, 200, 200});
  ledger.CountReply(true);
  BOOST_TEST(ReportLine(input) ==
             "4 sessions: 3 active, 1 completed, 0 other; 5 requests, 2 delivered; 1 replies; 3 "
             "send errors; lost: 23 client packets, 43 replies");
  ledger.Close(Outcome::kCaptureGap, {1, 1, 0, 100, 0});
  ledger.Close(Outcome::kTargetTimeout, {1, 1, 1, 100, 100});
  input.replies.carried = true;
  input.replies.captured_there = {10, 6, 0};
  input.replies.dropped_on_the_way = 7;
  input.replies.announcements_dropped = 8;
  BOOST_TEST(ReportLine(input) ==
             "4 sessions: 1 active, 1 completed, 2 other (1 target timeout, 1 capture gap); 5 "
             "requests, 3 delivered; 1 replies; 3 send errors; lost: 23 client packets, 43 "
             "replies, 6 where intercept catches them, 7 on their way here, 8 announcements");
}

BOOST_AUTO_TEST_CASE(TheTableLeavesOutWhatDidNotHappen) {
  Ledger ledger;
  ledger.Open();
  ledger.Close(Outcome::kCompleted, {.sessions = 1});
  const std::string table = ReportTable({ledger, {}, {}, {}, Duration{0}});
  BOOST_TEST(Row(table, "completed") == (std::vector<std::uint64_t>{1, 0, 0, 0, 0}),
             boost::test_tools::per_element());
  for (std::size_t i = 1; i < kOutcomes; ++i) {
    BOOST_TEST(Row(table, std::string(ToString(static_cast<Outcome>(i)))).empty());
  }
  BOOST_TEST(Row(table, "active").empty());
  BOOST_TEST((table.find("snaplen") == std::string::npos));
  BOOST_TEST((table.find("differ") == std::string::npos));
  BOOST_TEST((table.find("adopted") == std::string::npos));
  BOOST_TEST((table.find("0 send errors\n") != std::string::npos));
  BOOST_TEST((table.find("waited") == std::string::npos));
  BOOST_TEST((table.find("0 sessions/s") != std::string::npos));  // no time passed, no division
}

BOOST_AUTO_TEST_CASE(TheLogsFieldsAreTheReportOnOneLineWithoutWhatOutcomesAddUp) {
  const Ledger ledger = FilledLedger();
  const std::string text = ReportFields(Input(ledger));
  BOOST_TEST(text.find('\n') == std::string::npos);
  Json report = Json::parse(ReportJson(Input(ledger)));
  for (const char* const key : {"program", "version", "format", "by_outcome"}) report.erase(key);
  BOOST_TEST(Json::parse(text) == report);
}

}  // namespace
}  // namespace tcpcopy
