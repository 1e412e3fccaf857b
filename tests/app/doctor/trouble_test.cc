#include "src/app/doctor/trouble.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "src/io/intercept/refusals.h"

namespace tcpcopy {
namespace {

using State = InterceptEvidence::State;

BOOST_AUTO_TEST_CASE(WhatItSaysTellsWhatIsWrong) {
  const std::string refuses = "refuses us: ";
  BOOST_TEST((StateOf(refuses + std::string(kNoSecretText)) == State::kWrongSecret));
  BOOST_TEST((StateOf(kWrongSecretText) == State::kWrongSecret));
  BOOST_TEST((StateOf(refuses + std::string(kNotAllowedText)) == State::kNotAllowed));
  BOOST_TEST((StateOf(kSpeaksOwnText) == State::kOtherProtocol));
  BOOST_TEST((StateOf(refuses + std::string(kSpeaksClassicText)) == State::kOtherProtocol));
  BOOST_TEST((StateOf(kClassicHintText) == State::kOtherProtocol));
  BOOST_TEST((StateOf(refuses + std::string(kFullText)) == State::kTrouble));
  BOOST_TEST((StateOf("Connection refused") == State::kDown));
}

}  // namespace
}  // namespace tcpcopy
