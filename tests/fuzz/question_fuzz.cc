#include <cstddef>
#include <cstdint>
#include <string_view>

#include "netstack/base/check.h"
#include "src/diagnosis/observation_json.h"
#include "src/diagnosis/question.h"

namespace tcpcopy {
namespace {

/// What the doctor and an intercept say to each other, each reading whatever the other one sent.
void Read(std::string_view text) {
  if (const auto question = Question::Parse(text)) {
    TCPCOPY_CHECK(Question::Parse(question->ToJson()).value() == *question);
  }
  const auto answer = Answer::Parse(text);
  if (!answer) return;
  const std::string again = answer->ToJson();
  TCPCOPY_CHECK(again.size() <= kMaxObservationBytes + 2048);
  TCPCOPY_CHECK(Answer::Parse(again).value().ToJson() == again);
}

}  // namespace
}  // namespace tcpcopy

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tcpcopy::Read({static_cast<const char*>(static_cast<const void*>(data)), size});
  return 0;
}
