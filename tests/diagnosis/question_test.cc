#include "src/diagnosis/question.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

IpAddress Address(const char* text) { return IpAddress::Parse(text).value(); }

const FlowKey kProbe = {{Address("10.0.1.2"), 4000}, {Address("10.0.2.2"), 80}};
const FlowKey kProbe6 = {{Address("2001:db8:1::2"), 4000}, {Address("2001:db8:2::2"), 80}};

BOOST_AUTO_TEST_CASE(QuestionsSurviveTheWay) {
  for (const Question& asked : {Question{7, Question::Kind::kWatch, kProbe},
                                Question{8, Question::Kind::kReport, kProbe6}}) {
    BOOST_TEST((Question::Parse(asked.ToJson()).value() == asked));
  }
}

BOOST_AUTO_TEST_CASE(AnswersSurviveTheWay) {
  Answer answer;
  answer.number = 7;
  answer.problem = "no \x1b";
  answer.seen = Observation();
  answer.seen->host = "target";
  answer.seen->probe = kProbe;
  const Answer got = Answer::Parse(answer.ToJson()).value();
  BOOST_TEST(got.number == 7U);
  BOOST_TEST(got.problem == "no ?");
  BOOST_TEST_REQUIRE(got.seen.has_value());
  BOOST_TEST(got.seen->host == "target");
  BOOST_TEST(!Answer::Parse(R"({"number":1})").value().seen);
}

BOOST_AUTO_TEST_CASE(WhatIsMalformedIsAnError) {
  const auto question = [](const char* client, const char* target, const char* ask) {
    return std::string(R"({"number":1,"ask":)") + ask + R"(,"client":)" + client + R"(,"target":)" +
           target + "}";
  };
  const char* const good = R"({"address":"10.0.1.2","port":80})";
  BOOST_TEST(Question::Parse(question(good, good, "\"watch\"")).has_value());
  for (const char* const bad :
       {"{}", "1", R"({"address":"10.0.1.2; drop","port":80})",
        R"({"address":"10.0.1.2","port":0})", R"({"address":"10.0.1.2","port":65536})",
        R"({"address":"10.0.1.2","port":-1})", R"({"address":"2001:db8::1","port":80})"}) {
    BOOST_TEST(!Question::Parse(question(bad, good, "\"watch\"")), bad);
    BOOST_TEST(!Question::Parse(question(good, bad, "\"watch\"")), bad);
  }
  BOOST_TEST(!Question::Parse(question(good, good, "\"stop\"")));
  for (const char* const text : {"", "[]", "x", "{}", R"({"number":"x"})", R"({"number":-1})",
                                 R"({"number":1,"seen":[]})", R"({"number":1,"problem":2})"}) {
    BOOST_TEST(!Question::Parse(text), text);
    BOOST_TEST((!Answer::Parse(text) || std::string_view(text) == R"({"number":-1})"), text);
  }
}

}  // namespace
}  // namespace tcpcopy
