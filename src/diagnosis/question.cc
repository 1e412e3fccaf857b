#include "src/diagnosis/question.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/diagnosis/observation_json.h"

namespace tcpcopy {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostProblemText = 256;  // bytes

Json EndpointJson(const Endpoint& endpoint) {
  return {{"address", endpoint.address.ToString()}, {"port", endpoint.port}};
}

/// Empty when it is none.
std::optional<Endpoint> ParseEndpoint(const Json& json) {
  const auto address = IpAddress::Parse(json.at("address").get<std::string>());
  const auto port = json.at("port").get<std::uint64_t>();
  if (!address || port == 0 || port > 65535) return std::nullopt;
  return Endpoint{*address, static_cast<std::uint16_t>(port)};
}

std::string Printed(const Json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::string Harmless(std::string text) {
  text.resize(std::min(text.size(), kMostProblemText));
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, '?');
  return text;
}

Result<Question, std::string> QuestionOf(const Json& json) {
  Question question;
  question.number = json.at("number").get<std::uint32_t>();
  const std::string kind = json.at("ask").get<std::string>();
  if (kind != "watch" && kind != "report") return Err(std::string("it asks for nothing known"));
  question.kind = kind == "watch" ? Question::Kind::kWatch : Question::Kind::kReport;
  const auto client = ParseEndpoint(json.at("client"));
  const auto target = ParseEndpoint(json.at("target"));
  if (!client || !target || client->address.family() != target->address.family()) {
    return Err(std::string("its ends are none"));
  }
  question.probe = {*client, *target};
  return question;
}

Result<Answer, std::string> AnswerOf(const Json& json) {
  Answer answer;
  answer.number = json.at("number").get<std::uint32_t>();
  answer.problem = Harmless(json.value("problem", std::string()));
  if (!json.contains("seen")) return answer;
  auto seen = ParseObservation(json.at("seen").dump());
  if (!seen) return Err(seen.error());
  answer.seen = *std::move(seen);
  return answer;
}

}  // namespace

std::string Question::ToJson() const {
  return Printed({{"number", number},
                  {"ask", kind == Kind::kWatch ? "watch" : "report"},
                  {"client", EndpointJson(probe.local)},
                  {"target", EndpointJson(probe.peer)}});
}

Result<Question, std::string> Question::Parse(std::string_view text) {
  try {
    return QuestionOf(Json::parse(text));
  } catch (const Json::exception& error) {
    return Err(std::string(error.what()));
  }
}

std::string Answer::ToJson() const {
  Json json = {{"number", number}};
  if (!problem.empty()) json["problem"] = problem;
  if (seen) json["seen"] = Json::parse(tcpcopy::ToJson(*seen));
  return Printed(json);
}

Result<Answer, std::string> Answer::Parse(std::string_view text) {
  try {
    return AnswerOf(Json::parse(text));
  } catch (const Json::exception& error) {
    return Err(std::string(error.what()));
  }
}

}  // namespace tcpcopy
