#include "src/app/options/config_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <sstream>
#include <utility>

#include "src/io/unique_fd.h"

namespace tcpcopy {
namespace {

constexpr std::string_view kBlanks = " \t\r";

bool IsControl(char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f'; }

/// Without the blanks around it.
std::string_view Trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// Without the comment at its end. A '#' within quotes or within a word is none.
std::string_view WithoutComment(std::string_view line) {
  char quote = '\0';
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '#' && (i == 0 || kBlanks.find(line[i - 1]) != std::string_view::npos)) {
      return line.substr(0, i);
    } else if ((c == '"' || c == '\'') && Trim(line.substr(0, i)).ends_with('=')) {
      quote = c;
    }
  }
  return line;
}

/// A value that begins with a quote has its only other one at its end.
bool IsWellQuoted(std::string_view value) {
  if (value.empty() || (value[0] != '"' && value[0] != '\'')) return true;
  return value.find(value[0], 1) == value.size() - 1 && value.size() > 1;
}

/// CLI11 takes a line apart. It sees one at a time, because it does not tell where it found what;
/// and the values are whole to it, because ours have commas, blanks and brackets in them.
std::optional<ConfigSetting> TakeApart(std::string_view line) {
  static constexpr char kNone = '\x01';  // never in a line
  CLI::ConfigBase reader;
  reader.comment(kNone)->arrayBounds(kNone, kNone)->arrayDelimiter(kNone);
  std::istringstream input{std::string(line)};
  const auto items = reader.from_config(input);
  if (items.size() != 1 || !items[0].parents.empty() || items[0].inputs.size() != 1) return {};
  if (items[0].name.empty()) return {};  // it was a pair of quotes
  return ConfigSetting{items[0].name, items[0].inputs[0]};
}

Result<ConfigSetting, std::string> ParseLine(std::string_view line) {
  if (std::ranges::any_of(line, IsControl)) return Err(std::string("is no text"));
  const std::size_t equals = line.find('=');
  if (line.starts_with('[')) return Err(fmt::format("'{}': there are no sections", line));
  if (equals == std::string_view::npos) return Err(fmt::format("'{}' has no '='", line));
  const std::string_view name = Trim(line.substr(0, equals));
  if (name.empty()) return Err(fmt::format("'{}' has no name before '='", line));
  if (!IsWellQuoted(Trim(line.substr(equals + 1)))) {
    return Err(fmt::format("the quotes of '{}' do not match", name));
  }
  auto setting = TakeApart(line);
  // Of what is left, CLI11 skips lines of two characters, and makes a tree of names with dots.
  if (!setting) return Err(fmt::format("'{}' is no 'name = value'", line));
  return *std::move(setting);
}

Result<std::string, std::string> ReadAll(const std::string& path) {
  const auto failed = [&] {
    return Err(fmt::format("'{}' cannot be read: {}", path, std::strerror(errno)));
  };
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info {};
  if (file.get() < 0 || fstat(file.get(), &info) != 0) return failed();
  if (S_ISDIR(info.st_mode)) return Err(fmt::format("'{}' is a directory", path));
  if (!S_ISREG(info.st_mode)) return Err(fmt::format("'{}' is no regular file", path));
  std::string text(ConfigFile::kMaxBytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed();
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > ConfigFile::kMaxBytes) {
    return Err(fmt::format("'{}' has more than {} bytes", path, ConfigFile::kMaxBytes));
  }
  text.resize(size);
  return text;
}

}  // namespace

Result<ConfigFile, ConfigProblem> ConfigFile::Read(const std::string& path) {
  const auto text = ReadAll(path);
  if (!text) return Err(ConfigProblem{0, text.error()});
  auto file = Parse(*text);
  if (file && file->settings_.empty()) {
    return Err(ConfigProblem{0, fmt::format("'{}' sets nothing", path)});
  }
  return file;
}

Result<ConfigFile, ConfigProblem> ConfigFile::Parse(std::string_view text) {
  ConfigFile file;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = Trim(WithoutComment(text.substr(0, end)));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.starts_with(';')) continue;
    auto setting = ParseLine(line);
    if (!setting) return Err(ConfigProblem{number, setting.error()});
    setting->line = number;
    file.settings_.push_back(*std::move(setting));
  }
  return file;
}

}  // namespace tcpcopy
