#include "src/diagnosis/observation_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

namespace tcpcopy {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostEntries = 32;  // of any list
constexpr std::size_t kMostText = 256;    // bytes of any text

/// Inside this file only: what is read is either all right or not.
struct Malformed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// It is printed in the end: nothing in it may steer a terminal.
std::string Harmless(std::string text) {
  text.resize(std::min(text.size(), kMostText));
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, '?');
  return text;
}

std::string Text(const Json& json, const char* key) {
  return Harmless(json.value(key, std::string()));
}

/// Of interfaces, tables and chains: they become parts of commands that somebody may run.
std::string Name(const Json& json, const char* key) {
  std::string name = Text(json, key);
  constexpr std::string_view kHarmless =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.@:/";
  std::ranges::replace_if(
      name, [&](char c) { return kHarmless.find(c) == std::string_view::npos; }, '?');
  return name;
}

std::optional<IpAddress> OptionalAddress(const Json& json, const char* key) {
  if (!json.contains(key)) return std::nullopt;
  const auto address = IpAddress::Parse(json.at(key).get<std::string>());
  if (!address) throw Malformed("an address is none");
  return address;
}

IpAddress Address(const Json& json, const char* key) {
  const auto address = OptionalAddress(json, key);
  if (!address) throw Malformed("an address is missing");
  return *address;
}

PacketKind Kind(const Json& json) {
  const auto kind = ParsePacketKind(json.at("packet").get<std::string>());
  if (!kind) throw Malformed("a packet is of no known kind");
  return *kind;
}

Json EndpointJson(const Endpoint& endpoint) {
  return {{"address", endpoint.address.ToString()}, {"port", endpoint.port}};
}

Endpoint ParseEndpoint(const Json& json) {
  return {Address(json, "address"), json.at("port").get<std::uint16_t>()};
}

Json RouteJson(const RouteFact& route) {
  if (!route.exists()) return {{"problem", route.problem}};
  Json json = {{"interface", route.interface}, {"local", route.local}};
  if (route.gateway) json["gateway"] = route.gateway->ToString();
  if (route.source) json["source"] = route.source->ToString();
  return json;
}

RouteFact ParseRoute(const Json& json) {
  return {Text(json, "problem"), Name(json, "interface"), OptionalAddress(json, "gateway"),
          OptionalAddress(json, "source"), json.value("local", false)};
}

Json SightingJson(const Sighting& sighting) {
  Json json = {{"packet", ToString(sighting.kind)},
               {"outgoing", sighting.outgoing},
               {"interface", sighting.interface},
               {"count", sighting.count}};
  if (!sighting.from) return json;
  json["from"] = sighting.from->ToString();
  json["type"] = sighting.icmp_type;
  json["code"] = sighting.icmp_code;
  return json;
}

Sighting ParseSighting(const Json& json) {
  return {Kind(json),
          json.value("outgoing", false),
          Name(json, "interface"),
          json.value("count", std::uint32_t{1}),
          OptionalAddress(json, "from"),
          json.value("type", 0),
          json.value("code", 0)};
}

Json VerdictJson(const FirewallVerdict& verdict) {
  return {{"packet", ToString(verdict.kind)}, {"hook", verdict.hook},
          {"family", verdict.family},         {"table", verdict.table},
          {"chain", verdict.chain},           {"rule", Harmless(verdict.rule)},
          {"queued", verdict.queued}};
}

FirewallVerdict ParseVerdict(const Json& json) {
  return {Kind(json),          Name(json, "hook"), Name(json, "family"),       Name(json, "table"),
          Name(json, "chain"), Text(json, "rule"), json.value("queued", false)};
}

Json AddressJson(const InterfaceAddress& address) {
  return {{"interface", address.interface},
          {"address", address.address.ToString()},
          {"prefix", address.prefix_length}};
}

InterfaceAddress ParseInterfaceAddress(const Json& json) {
  InterfaceAddress found{Name(json, "interface"), Address(json, "address"),
                         json.value("prefix", 0)};
  const int bits = static_cast<int>(found.address.bytes().size() * 8);
  if (found.prefix_length < 0 || found.prefix_length > bits) throw Malformed("a prefix is none");
  return found;
}

template <typename Value, typename ToOne>
Json List(const std::vector<Value>& values, ToOne to_one) {
  Json list = Json::array();
  for (const Value& value : values) {
    if (list.size() < kMostEntries) list.push_back(to_one(value));
  }
  return list;
}

template <typename Value, typename ParseOne>
std::vector<Value> ParseList(const Json& json, const char* key, ParseOne parse_one) {
  std::vector<Value> values;
  if (!json.contains(key)) return values;
  for (const Json& each : json.at(key)) {
    if (values.size() < kMostEntries) values.push_back(parse_one(each));
  }
  return values;
}

template <typename Number>
Json Numbers(const std::map<std::string, Number>& numbers) {
  Json json = Json::object();
  for (const auto& [name, number] : numbers) {
    if (json.size() < kMostEntries) json[name] = number;
  }
  return json;
}

template <typename Number>
std::map<std::string, Number> ParseNumbers(const Json& json, const char* key) {
  std::map<std::string, Number> numbers;
  if (!json.contains(key)) return numbers;
  for (const auto& [name, value] : json.at(key).items()) {
    if (numbers.size() < kMostEntries && name.size() <= kMostText) {
      numbers[name] = value.template get<Number>();
    }
  }
  return numbers;
}

Observation FromJson(const Json& json) {
  if (!json.is_object()) throw Malformed("it is no object");
  Observation seen;
  seen.host = Text(json, "host");
  seen.kernel = Text(json, "kernel");
  seen.probe = {ParseEndpoint(json.at("client")), ParseEndpoint(json.at("target"))};
  seen.addresses = ParseList<InterfaceAddress>(json, "addresses", ParseInterfaceAddress);
  seen.to_client = ParseRoute(json.at("to_client"));
  seen.to_target = ParseRoute(json.at("to_target"));
  seen.forwards = json.value("forwards", false);
  seen.rp_filter = ParseNumbers<int>(json, "rp_filter");
  seen.sightings = ParseList<Sighting>(json, "sightings", ParseSighting);
  seen.traced = json.value("traced", false);
  seen.trace_problem = Text(json, "trace_problem");
  for (const Json& each : json.value("reached", Json::array())) {
    auto& hooks = seen.reached[Kind(each)];
    if (hooks.size() < kMostEntries) hooks.push_back(Text(each, "hook"));
  }
  seen.verdicts = ParseList<FirewallVerdict>(json, "verdicts", ParseVerdict);
  seen.counters = ParseNumbers<std::int64_t>(json, "counters");
  seen.old_iptables = json.value("old_iptables", false);
  seen.conntrack_count = json.value("conntrack_count", std::int64_t{0});
  seen.conntrack_max = json.value("conntrack_max", std::int64_t{0});
  return seen;
}

}  // namespace

std::string ToJson(const Observation& seen) {
  Json json;
  json["host"] = seen.host;
  json["kernel"] = seen.kernel;
  json["client"] = EndpointJson(seen.probe.local);
  json["target"] = EndpointJson(seen.probe.peer);
  json["addresses"] = List(seen.addresses, AddressJson);
  json["to_client"] = RouteJson(seen.to_client);
  json["to_target"] = RouteJson(seen.to_target);
  json["forwards"] = seen.forwards;
  json["rp_filter"] = Numbers(seen.rp_filter);
  json["sightings"] = List(seen.sightings, SightingJson);
  json["traced"] = seen.traced;
  json["trace_problem"] = seen.trace_problem;
  json["reached"] = Json::array();
  for (const auto& [kind, hooks] : seen.reached) {
    for (const std::string& hook : hooks) {
      json["reached"].push_back({{"packet", ToString(kind)}, {"hook", hook}});
    }
  }
  json["verdicts"] = List(seen.verdicts, VerdictJson);
  json["counters"] = Numbers(seen.counters);
  json["old_iptables"] = seen.old_iptables;
  json["conntrack_count"] = seen.conntrack_count;
  json["conntrack_max"] = seen.conntrack_max;
  // Names of hosts and texts of rules may be in any encoding.
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

Result<Observation, std::string> ParseObservation(std::string_view text) {
  try {
    return FromJson(Json::parse(text));
  } catch (const Json::exception& error) {
    return Err(std::string(error.what()));
  } catch (const Malformed& error) {
    return Err(std::string(error.what()));
  }
}

}  // namespace tcpcopy
