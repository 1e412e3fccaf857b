#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "netstack/base/result.h"
#include "netstack/wire/flow_key.h"
#include "src/diagnosis/observation.h"

namespace tcpcopy {

/// What the doctor asks an intercept.
struct Question {
  enum class Kind {
    kWatch,   // begin to watch a probe
    kReport,  // tell what was seen of it, and watch no longer
  };

  std::uint32_t number = 0;  // the answer bears the same
  Kind kind = Kind::kWatch;
  FlowKey probe;  // local: the copier's end, peer: the target

  bool operator==(const Question&) const = default;

  std::string ToJson() const;
  /// The error says in a few words what is wrong with the text.
  static Result<Question, std::string> Parse(std::string_view json);
};

/// What the intercept answers.
struct Answer {
  std::uint32_t number = 0;
  std::string problem;              // why it cannot; empty: all is well
  std::optional<Observation> seen;  // to kReport

  std::string ToJson() const;
  static Result<Answer, std::string> Parse(std::string_view json);
};

}  // namespace tcpcopy
