#include "src/app/doctor/trouble.h"

#include "src/io/intercept/refusals.h"

namespace tcpcopy {

InterceptEvidence::State StateOf(std::string_view trouble) {
  using State = InterceptEvidence::State;
  // What both ends say when they do not come together is written down in one place.
  const auto says = [&](std::string_view text) {
    return trouble.find(text) != std::string_view::npos;
  };
  if (says(kNoSecretText) || says(kWrongSecretText)) return State::kWrongSecret;
  if (says(kNotAllowedText)) return State::kNotAllowed;
  if (says(kSpeaksClassicText) || says(kSpeaksOwnText) || says(kClassicHintText)) {
    return State::kOtherProtocol;
  }
  return says("refuses us") ? State::kTrouble : State::kDown;
}

}  // namespace tcpcopy
