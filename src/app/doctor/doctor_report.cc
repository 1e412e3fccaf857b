#include "src/app/doctor/doctor_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tcpcopy {
namespace {

std::string_view Mark(Severity severity) {
  switch (severity) {
    case Severity::kFine:
      return "[ok]  ";
    case Severity::kWarning:
      return "[warn]";
    case Severity::kProblem:
      break;
  }
  return "[FAIL]";
}

std::string_view Name(Severity severity) {
  switch (severity) {
    case Severity::kFine:
      return "fine";
    case Severity::kWarning:
      return "warning";
    case Severity::kProblem:
      break;
  }
  return "problem";
}

std::string Verdict(const Findings& findings) {
  const auto problems = std::ranges::count(findings, Severity::kProblem, &Finding::severity);
  if (problems == 0) return "A replay would work.";
  return fmt::format("A replay would not work: {}. Mend it and run the doctor again.",
                     problems == 1 ? "one problem" : fmt::format("{} problems", problems));
}

}  // namespace

std::string DoctorText(const Findings& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += fmt::format("{} {}: {}\n", Mark(finding.severity), finding.id, finding.cause);
    if (finding.fix.empty()) continue;
    text += fmt::format(
        "         {}: {}\n",
        finding.where == "here" || finding.where.empty() ? "here" : "on " + finding.where,
        finding.fix);
  }
  return text + Verdict(findings) + "\n";
}

std::string DoctorJson(const Findings& findings) {
  nlohmann::ordered_json json;
  json["works"] = Healthy(findings);
  json["findings"] = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    nlohmann::ordered_json one = {
        {"id", finding.id}, {"severity", Name(finding.severity)}, {"cause", finding.cause}};
    if (!finding.where.empty()) one["where"] = finding.where;
    if (!finding.fix.empty()) one["fix"] = finding.fix;
    json["findings"].push_back(std::move(one));
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace tcpcopy
