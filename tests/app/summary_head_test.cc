#include "src/app/summary_head.h"

#include <boost/test/unit_test.hpp>

#include "src/app/report.h"

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(ASummaryBeginsWithWhatItIs) {
  const Ledger ledger;
  const std::string text = ReportJson({ledger, {}, {}, {}, Duration{0}});
  const std::string head = SummaryHead().dump(2);
  BOOST_TEST(text.starts_with(head.substr(0, head.size() - 2)), text);
  BOOST_TEST((SummaryHead()["program"] == "tcpcopy"));
}

}  // namespace
}  // namespace tcpcopy
