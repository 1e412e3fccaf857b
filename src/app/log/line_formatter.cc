#include "src/app/log/line_formatter.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <syslog.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

namespace tcpcopy {
namespace {

LogLevel LevelOf(const spdlog::details::log_msg& message) {
  switch (message.level) {
    case spdlog::level::trace:
    case spdlog::level::debug:
      return LogLevel::kDebug;
    case spdlog::level::warn:
      return LogLevel::kWarning;
    case spdlog::level::err:
    case spdlog::level::critical:
      return LogLevel::kError;
    default:
      return LogLevel::kInfo;
  }
}

/// As syslog(3) counts.
int PriorityOf(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return LOG_ERR;
    case LogLevel::kWarning:
      return LOG_WARNING;
    case LogLevel::kDebug:
      return LOG_DEBUG;
    default:
      return LOG_INFO;
  }
}

/// "2026-11-23T14:17:19.697Z".
std::string Stamp(spdlog::log_clock::time_point time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time - seconds);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(static_cast<std::time_t>(seconds.time_since_epoch().count())),
                     milliseconds.count());
}

char Printable(char c) {
  if (c == '\n' || c == '\t' || c == '\r') return ' ';
  return static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? '?' : c;
}

}  // namespace

std::string LineFormatter::Join(std::string_view text, std::string_view fields) {
  std::string message(text);
  std::ranges::transform(message, message.begin(), Printable);
  if (fields.empty()) return message;
  message += kFields;
  return message += fields;
}

void LineFormatter::format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& line) {
  const std::string_view payload(message.payload.data(), message.payload.size());
  const std::size_t end = payload.find(kFields);
  const std::string_view text = payload.substr(0, end);
  if (dress_.prioritized) {
    fmt::format_to(std::back_inserter(line), "<{}>", PriorityOf(LevelOf(message)));
  }
  if (dress_.format == LogFormat::kText) return FormatText(message, text, line);
  FormatJson(message, text,
             end == std::string_view::npos ? std::string_view() : payload.substr(end + 1), line);
}

void LineFormatter::FormatText(const spdlog::details::log_msg& message, std::string_view text,
                               spdlog::memory_buf_t& line) const {
  const auto out = std::back_inserter(line);
  if (dress_.stamped) fmt::format_to(out, "{} ", Stamp(message.time));
  fmt::format_to(out, "{}: ", dress_.program);
  const LogLevel level = LevelOf(message);
  if (dress_.stamped && level != LogLevel::kInfo) fmt::format_to(out, "{}: ", ToString(level));
  fmt::format_to(out, "{}\n", text);
}

void LineFormatter::FormatJson(const spdlog::details::log_msg& message, std::string_view text,
                               std::string_view fields, spdlog::memory_buf_t& line) const {
  const nlohmann::ordered_json json = {{"time", Stamp(message.time)},
                                       {"level", ToString(LevelOf(message))},
                                       {"program", dress_.program},
                                       {"message", text}};
  // Names of files and interfaces may be no UTF-8.
  std::string object = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (fields.size() > 2) {  // not only {}
    object.back() = ',';
    object += fields.substr(1);
  }
  fmt::format_to(std::back_inserter(line), "{}\n", object);
}

std::unique_ptr<spdlog::formatter> LineFormatter::clone() const {
  return std::make_unique<LineFormatter>(dress_);
}

}  // namespace tcpcopy
