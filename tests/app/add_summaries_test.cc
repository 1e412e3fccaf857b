#include "src/app/add_summaries.h"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "src/app/report.h"
#include "tests/temporary_directory.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""ns;
using std::chrono_literals::operator""us;
using Json = nlohmann::json;

/// Summaries in files, as runs leave them.
class Files {
 public:
  std::string Add(const std::string& text) {
    return folder_.Write(std::to_string(++count_) + ".json", text);
  }
  /// Of a run that completed `sessions`, one request of 100 bytes each.
  std::string Run(std::uint64_t sessions, const Shard& shard = {}, Duration elapsed = 2500ms) {
    Ledger ledger;
    for (std::uint64_t i = 0; i < sessions; ++i) {
      ledger.Open();
      ledger.Grow(1, 100);
      ledger.Close(Outcome::kCompleted, {1, 1, 1, 100, 99});
      ledger.CountPacket(PacketVerdict::kToSession);
    }
    ledger.CountParseError(ParseError::kNotTcp);
    for (const Duration late : lateness) ledger.CountLateness(late);
    ReportInput input{ledger, {7, 3, 0}, {}, {}, elapsed};
    input.shard = shard;
    return Add(ReportJson(input));
  }
  std::vector<Duration> lateness;  // of the sessions of the next runs

  /// Such a run's summary after `change`.
  std::string Changed(const std::function<void(Json&)>& change) {
    std::ifstream file(Run(2));
    Json json = Json::parse(file);
    change(json);
    return Add(json.dump());
  }

 private:
  testing::TemporaryDirectory folder_;
  int count_ = 0;
};

Json Sum(const std::vector<std::string>& paths) {
  const auto sum = AddSummaries(paths);
  BOOST_TEST_REQUIRE(sum.has_value(), (sum ? "" : sum.error()));
  BOOST_TEST(sum->json.ends_with("}\n"));
  return Json::parse(sum->json);
}

Json Content(const std::string& path) {
  std::ifstream file(path);
  return Json::parse(file);
}

BOOST_AUTO_TEST_CASE(CountsAreAddedAndOfTheTimesTheLongestRemains) {
  Files files;
  const Json sum =
      Sum({files.Run(2, {}, 1500ms), files.Run(3, {}, 2500ms), files.Run(4, {}, 10ms)});
  BOOST_TEST(sum["sessions"]["seen"] == 9);
  BOOST_TEST(sum["sessions"]["outcomes"]["completed"] == 9);
  BOOST_TEST(sum["by_outcome"]["completed"]["bytes_delivered"] == 9 * 99);
  BOOST_TEST(sum["packets"]["verdicts"]["to_session"] == 9);
  BOOST_TEST(sum["packets"]["captured"] == 12);
  BOOST_TEST(sum["capture"]["dropped_by_kernel"] == 9);
  BOOST_TEST(sum["elapsed_s"] == 2.5);
  BOOST_TEST(sum["transport"] == "tcp");
}

BOOST_AUTO_TEST_CASE(TheSumOfOneIsItself) {
  Files files;
  const std::string one = files.Run(5);
  BOOST_TEST(Sum({one}) == Content(one));
}

BOOST_AUTO_TEST_CASE(AllShardsTogetherAreOneRunWithout) {
  Files files;
  const Json sum =
      Sum({files.Run(2, Shard(2, 3)), files.Run(1, Shard(3, 3)), files.Run(4, Shard(1, 3))});
  BOOST_TEST(!sum.contains("shard"));
  BOOST_TEST(sum["sessions"]["seen"] == 7);
}

BOOST_AUTO_TEST_CASE(MissingShardsAreNamedAndSumsCanBeAdded) {
  Files files;
  const auto part = AddSummaries({files.Run(2, Shard(2, 4)), files.Run(1, Shard(4, 4))});
  BOOST_TEST_REQUIRE(part.has_value());
  BOOST_TEST(part->missing == "not all shards of 4 are added up: 2 missing (1, 3)");
  BOOST_TEST((Json::parse(part->json)["shard"] == Json{{"of", 4}, {"numbers", {2, 4}}}));
  const auto whole =
      AddSummaries({files.Run(1, Shard(1, 4)), files.Add(part->json), files.Run(1, Shard(3, 4))});
  BOOST_TEST_REQUIRE(whole.has_value());
  BOOST_TEST(whole->missing.empty());
  BOOST_TEST(!Json::parse(whole->json).contains("shard"));
  BOOST_TEST(Json::parse(whole->json)["sessions"]["seen"] == 5);
}

BOOST_AUTO_TEST_CASE(WorkersAreOfEachRunsOwn) {
  Files files;
  const std::string with = files.Changed([](Json& json) {
    json["sessions"]["by_worker"] = {{"1", 1}, {"2", 1}};
  });
  BOOST_TEST(!Sum({with, files.Run(1)})["sessions"].contains("by_worker"));
}

BOOST_AUTO_TEST_CASE(LatenessIsThatOfAllSessionsTogether) {
  Files files;
  files.lateness = {1ms, 2ms, 3'123'456ns};
  const std::string one = files.Run(3);
  BOOST_TEST(Sum({one}) == Content(one));
  files.lateness = std::vector<Duration>(297, 20us);
  const Json sum = Sum({one, files.Run(2)})["lateness"];
  BOOST_TEST(sum["sessions"] == 300);
  BOOST_TEST(sum["p50_us"] == 20.0);
  BOOST_TEST(sum["p99_us"] == 20.0);
  BOOST_TEST(sum["max_us"] == 3123.456);
  files.lateness.clear();
  BOOST_TEST(!Sum({files.Run(2)}).contains("lateness"));
  BOOST_TEST((Sum({files.Run(2), one})["lateness"] == Content(one)["lateness"]));
}

BOOST_AUTO_TEST_CASE(WhatOnlySomeRunsCountIsTakenOver) {
  Files files;
  const std::string with =
      files.Changed([](Json& json) { json["intercept"]["replies_dropped"] = 4; });
  BOOST_TEST(Sum({files.Run(1), with})["intercept"]["replies_dropped"] == 4);
  BOOST_TEST(Sum({with, files.Run(1)})["intercept"]["replies_dropped"] == 4);
}

BOOST_AUTO_TEST_CASE(WhatDoesNotBelongTogetherIsRefused) {
  Files files;
  struct Row {
    std::function<void(Json&)> change;
    const char* why;
  };
  const Row table[] = {
      {[](Json& json) { json["version"] = "1.0"; }, "is of another version (\"1.0\")"},
      {[](Json& json) { json["transport"] = "udp"; }, "is of another transport (\"udp\")"},
      {[](Json& json) { json["format"] = 2; }, "no summary of this kind: its format is not 1"},
      {[](Json& json) { json.erase("program"); }, "no summary of this kind"},
      {[](Json& json) { json.erase("transport"); }, "is damaged: it has no transport"},
      {[](Json& json) { json.erase("sessions"); }, "its numbers do not add up"},
      {[](Json& json) { json["sessions"]["seen"] = 3; }, "its numbers do not add up"},
      {[](Json& json) { json["sessions"] = 3; }, "its numbers do not add up"},
      {[](Json& json) { json["packets"]["verdicts"].erase("to_session"); }, "do not add up"},
      {[](Json& json) { json.erase("elapsed_s"); }, "its numbers do not add up"},
      {[](Json& json) { json["elapsed_s"] = "long"; }, "elapsed_s is no number"},
      {[](Json& json) { json["requests"]["seen"] = -1; }, "requests.seen is no count"},
      {[](Json& json) { json["requests"]["seen"] = 1.5; }, "requests.seen is no count"},
      {[](Json& json) { json["requests"] = 7; }, "requests is no count"},
      {[](Json& json) {
         json["requests"]["seen"] = {{"more", 1}};
       },
       "requests.seen is no count"},
      {[](Json& json) { json["bytes"]["seen"] = UINT64_MAX; }, "bytes.seen is too large"},
      {[](Json& json) { json["lateness"] = 3; }, "its lateness is none"},
      {[](Json& json) { json["shard"] = 3; }, "its shard is none"},
      {[](Json& json) {
         json["shard"] = {{"of", 1}, {"numbers", {1}}};
       },
       "its shard is none"},
      {[](Json& json) {
         json["shard"] = {{"of", "x"}, {"numbers", {1}}};
       },
       "its shard is none"},
      {[](Json& json) {
         json["shard"] = {{"of", 3}, {"numbers", {2}}};
       },
       "is of 3 shard(s), the"},
  };
  for (const Row& row : table) {
    const std::string path = files.Changed(row.change);
    const auto sum = AddSummaries({files.Run(1), path});
    BOOST_TEST_REQUIRE(!sum.has_value(), row.why);
    BOOST_TEST(sum.error().starts_with(path + ": "), sum.error());
    BOOST_TEST((sum.error().find(row.why) != std::string::npos), sum.error() << " / " << row.why);
    BOOST_TEST((sum.error().find('\n') == std::string::npos), sum.error());
  }
}

BOOST_AUTO_TEST_CASE(AShardIsAddedOnce) {
  Files files;
  for (const Json& number : {Json(4), Json(0), Json("x"), Json(-1)}) {
    const auto none = AddSummaries({files.Changed([&](Json& json) {
      json["shard"] = {{"of", 3}, {"numbers", Json::array({number})}};
    })});
    BOOST_TEST_REQUIRE(!none.has_value(), number);
    BOOST_TEST(none.error().ends_with("its shard is none"), none.error());
  }
  const auto sum = AddSummaries({files.Run(2, Shard(2, 3)), files.Run(2, Shard(2, 3))});
  BOOST_TEST_REQUIRE(!sum.has_value());
  BOOST_TEST(sum.error().ends_with("is of shard 2/3, which was added already"), sum.error());
  const std::string one = files.Run(2);
  BOOST_TEST(AddSummaries({one, one}).error().ends_with("is given twice"));
}

BOOST_AUTO_TEST_CASE(FilesThatAreNoneOrCutAreRefused) {
  Files files;
  std::ifstream file(files.Run(2));
  const std::string whole((std::istreambuf_iterator<char>(file)), {});
  const std::string good = files.Run(1);
  for (std::size_t length = 0; length + 2 < whole.size(); length += 7) {
    const auto sum = AddSummaries({good, files.Add(whole.substr(0, length))});
    BOOST_TEST(!sum.has_value(), length);
  }
  for (const char* const text : {"[]", "7", "null", "nonsense", "{}"}) {
    BOOST_TEST(!AddSummaries({files.Add(text)}).has_value(), text);
  }
  BOOST_TEST(
      AddSummaries({"/nowhere.json"}).error().starts_with("/nowhere.json: cannot be read: "));
  BOOST_TEST(!AddSummaries({"/"}).has_value());
  BOOST_TEST(!AddSummaries({files.Add(std::string(2 << 20, ' '))}).has_value());
}

}  // namespace
}  // namespace tcpcopy
