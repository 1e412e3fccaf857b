#include "src/app/doctor/doctor_report.h"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace tcpcopy {
namespace {

const Findings kFindings = {
    Fine("kernel", "kernel 6.1"),
    {"no-client-traffic", Severity::kWarning, "No client."},
    {"rp-filter-on-target", Severity::kProblem, "It drops.", "10.0.2.2", "sysctl -w x=2"},
    {"firewall-output", Severity::kProblem, "It eats.", "here", "nft insert rule"},
};

BOOST_AUTO_TEST_CASE(ALineForEachThingAndItsCommand) {
  BOOST_TEST(DoctorText(kFindings) ==
             "[ok]   kernel: kernel 6.1\n"
             "[warn] no-client-traffic: No client.\n"
             "[FAIL] rp-filter-on-target: It drops.\n"
             "         on 10.0.2.2: sysctl -w x=2\n"
             "[FAIL] firewall-output: It eats.\n"
             "         here: nft insert rule\n"
             "A replay would not work: 2 problems. Mend it and run the doctor again.\n");
}

BOOST_AUTO_TEST_CASE(TheLastLineIsTheVerdict) {
  BOOST_TEST(DoctorText({kFindings[0], kFindings[1]}).ends_with("\nA replay would work.\n"));
  BOOST_TEST(DoctorText({kFindings[2]}).find("work: one problem.") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(ProgramsReadTheSame) {
  const auto json = nlohmann::json::parse(DoctorJson(kFindings));
  BOOST_TEST(!json["works"].get<bool>());
  BOOST_TEST_REQUIRE(json["findings"].size() == 4U);
  BOOST_TEST(json["findings"][0]["severity"] == "fine");
  BOOST_TEST(json["findings"][1]["severity"] == "warning");
  const auto problem = json["findings"][2];
  BOOST_TEST(problem["id"] == "rp-filter-on-target");
  BOOST_TEST(problem["severity"] == "problem");
  BOOST_TEST(problem["cause"] == "It drops.");
  BOOST_TEST(problem["where"] == "10.0.2.2");
  BOOST_TEST(problem["fix"] == "sysctl -w x=2");
  BOOST_TEST(nlohmann::json::parse(DoctorJson({}))["works"].get<bool>());
}

}  // namespace
}  // namespace tcpcopy
