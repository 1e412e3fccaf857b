#include "src/app/worker_plan.h"

#include <boost/test/unit_test.hpp>

#include "tests/app/options/parsed_options.h"

namespace tcpcopy {
namespace {

using testing::Arguments;
using testing::Good;
using testing::WithMap;

WorkerPlan Plan(const Arguments& arguments, unsigned cpus) {
  auto plan = WorkerPlan::Of(Good(WithMap(arguments)), cpus);
  BOOST_TEST_REQUIRE(plan.has_value(), testing::Text(arguments));
  return *plan;
}

BOOST_AUTO_TEST_CASE(ByDefaultThereIsOneWorkerForEachFourCpusAndEightAtMost) {
  for (const auto& [cpus, workers] : {std::pair{0U, 1U},
                                      {1U, 1U},
                                      {2U, 1U},
                                      {7U, 1U},
                                      {8U, 2U},
                                      {12U, 3U},
                                      {32U, 8U},
                                      {96U, 8U}}) {
    BOOST_TEST(Plan({"-m", "4096"}, cpus).workers() == workers);
    BOOST_TEST(Plan({"-m", "4096", "--workers", "auto"}, cpus).workers() == workers);
    BOOST_TEST(Plan({"-m", "4096"}, cpus).warning() == "");
  }
}

BOOST_AUTO_TEST_CASE(AsManyAsWereAskedForAndAWordWhenTheyAreMoreThanCpus) {
  BOOST_TEST(Plan({"--workers", "3"}, 2).workers() == 3U);
  BOOST_TEST(Plan({"--workers", "3"}, 2).warning() ==
             "--workers: 3 are more than the 2 CPUs of this process");
  BOOST_TEST(Plan({"--workers", "3"}, 3).warning() == "");
}

BOOST_AUTO_TEST_CASE(StandardInputHasOneReader) {
  BOOST_TEST(Plan({"-i", "-"}, 64).workers() == 1U);
  BOOST_TEST(Plan({"-i", "-", "--workers", "1"}, 64).workers() == 1U);
}

BOOST_AUTO_TEST_CASE(EachWorkerHasRoomForASessionWithItsCopies) {
  BOOST_TEST(Plan({"--max-sessions", "3"}, 64).workers() == 3U);
  BOOST_TEST(Plan({"--max-sessions", "30", "-n", "10"}, 64).workers() == 3U);
  const WorkerPlan asked = Plan({"--max-sessions", "2", "--workers", "4"}, 64);
  BOOST_TEST(asked.workers() == 2U);
  BOOST_TEST(asked.warning() == "--workers: 2 of 4: --max-sessions leaves nothing for others");
}

BOOST_AUTO_TEST_CASE(ThePartsOfWhatIsForAllAddUp) {
  const WorkerPlan plan =
      Plan({"--workers", "3", "--max-sessions", "11", "--rate", "7", "-m", "256"}, 8);
  const auto all =
      MemoryPlan::Of(std::size_t{256} << 20,
                     3 * MemoryPlan::BuffersOf(plan.OptionsOf(0)) + 2 * MemoryPlan::kFragments);
  std::size_t most_at_once = 0;
  double rate = 0;
  MemoryPlan memory{};
  for (unsigned i = 0; i < 3; ++i) {
    const Options part = plan.OptionsOf(i);
    most_at_once += part.load.most_at_once;
    rate += part.load.rate;
    BOOST_TEST(part.load.most_at_once >= 3U);
    BOOST_TEST(part.capture_buffer == (std::size_t{16} << 20) / 3);
    memory.payload_bytes += plan.MemoryOf(i).payload_bytes;
    memory.sessions += plan.MemoryOf(i).sessions;
    memory.remembered_flows += plan.MemoryOf(i).remembered_flows;
    BOOST_TEST(plan.PortsOf(i).number() == i);
    BOOST_TEST(plan.PortsOf(i).count() == 3U);
  }
  BOOST_TEST(most_at_once == 11U);
  BOOST_TEST(rate == 7, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(memory.payload_bytes == all->payload_bytes);
  BOOST_TEST(memory.sessions == all->sessions);
  BOOST_TEST(memory.remembered_flows == all->remembered_flows);
}

BOOST_AUTO_TEST_CASE(WhatHasNoBoundHasNoneInParts) {
  const WorkerPlan plan = Plan({"--workers", "3"}, 8);
  BOOST_TEST(plan.OptionsOf(0).load.most_at_once == 0U);
  BOOST_TEST(plan.OptionsOf(2).load.rate == 0);
}

BOOST_AUTO_TEST_CASE(OneWorkerHasEverything) {
  const Options options = Good(WithMap({"-B", "48", "--rate", "7", "--max-sessions", "9"}));
  const WorkerPlan plan = WorkerPlan::Of(options, 2).value();
  const Options part = plan.OptionsOf(0);
  BOOST_TEST(part.capture_buffer == options.capture_buffer);
  BOOST_TEST(part.load.rate == 7);
  BOOST_TEST(part.load.most_at_once == 9U);
  BOOST_TEST(plan.PortsOf(0).IsAll());
}

BOOST_AUTO_TEST_CASE(LittleMemoryMeansFewerWorkersUnlessTheyWereAskedFor) {
  const unsigned few = Plan({"-m", "64"}, 64).workers();
  BOOST_TEST(few >= 1U);
  BOOST_TEST(few < 8U);
  BOOST_TEST(!WorkerPlan::Of(Good(WithMap({"-m", "64", "--workers", "32"})), 64).has_value());
  const auto none = WorkerPlan::Of(Good(WithMap({"-m", "16"})), 64);
  BOOST_TEST_REQUIRE(!none.has_value());
  BOOST_TEST((none.error().find("16 MB are too little") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(SeveralWorkersLiveCapturesAreAGroupUnlessPiecesOrInterceptsSayOtherwise) {
  BOOST_TEST(Plan({"--workers", "2"}, 2).fans_out());
  BOOST_TEST(!Plan({"--workers", "1"}, 2).fans_out());
  BOOST_TEST(!Plan({"--workers", "2", "--udp"}, 2).fans_out());
  BOOST_TEST(!Plan({"--workers", "2", "-s", "10.0.0.3"}, 2).fans_out());
}

}  // namespace
}  // namespace tcpcopy
