#include "src/app/options/capture_file_list.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "src/io/pcap/merged_captures.h"

namespace tcpcopy {
namespace {

/// What is there by that name; nothing when nothing is.
std::optional<struct stat> Look(const std::string& path) {
  struct stat info {};
  const int failed = path == "-" ? fstat(STDIN_FILENO, &info) : stat(path.c_str(), &info);
  return failed != 0 ? std::nullopt : std::optional(info);
}

bool IsWhole(const std::string& text) { return text == "-" || Look(text).has_value(); }

std::vector<std::string> Split(const std::string& list) {
  std::vector<std::string> names;
  for (std::size_t start = 0; start <= list.size();) {
    const std::size_t end = std::min(list.find(',', start), list.size());
    names.push_back(list.substr(start, end - start));
    start = end + 1;
  }
  return names;
}

bool LooksLikeAFile(const std::string& name) {
  return name.find('/') != std::string::npos || name.ends_with(".pcap") ||
         name.ends_with(".pcapng") || IsWhole(name);
}

/// What keeps it from being one of the files; empty when nothing does.
std::string Problem(const std::string& path) {
  const std::optional<struct stat> info = Look(path);
  if (!info && path != "-") return fmt::format("there is no file '{}'", path);
  if (info && S_ISDIR(info->st_mode)) return fmt::format("'{}' is a directory", path);
  return "";
}

}  // namespace

Result<bool, std::string> NamesCaptureFiles(const std::string& text) {
  if (IsWhole(text)) return true;
  const std::vector<std::string> names = Split(text);
  const auto file = std::ranges::find_if(names, LooksLikeAFile);
  if (file == names.end()) return false;
  const auto other = std::ranges::find_if_not(names, LooksLikeAFile);
  if (other == names.end() || other->empty()) return true;
  if (const std::string problem = Problem(*file); !problem.empty()) return Err(problem);
  return Err(fmt::format("'{}' is a capture file and '{}' is none", *file, *other));
}

Result<std::vector<std::string>, std::string> ParseCaptureFiles(const std::string& list) {
  const std::vector<std::string> names =
      IsWhole(list) ? std::vector<std::string>{list} : Split(list);
  if (names.size() > MergedCaptures::kMaxFiles) {
    return Err(fmt::format("{} files are more than {}", names.size(), MergedCaptures::kMaxFiles));
  }
  std::map<std::pair<dev_t, ino_t>, std::string> known;
  for (const std::string& name : names) {
    if (name.empty()) return Err(fmt::format("'{}' has an empty name", list));
    if (std::string problem = Problem(name); !problem.empty()) return Err(std::move(problem));
    const std::optional<struct stat> info = Look(name);
    if (!info) continue;  // standard input is closed; reading tells
    const auto [first, is_new] = known.try_emplace({info->st_dev, info->st_ino}, name);
    if (is_new) continue;
    if (first->second == name) return Err(fmt::format("'{}' is named twice", name));
    return Err(fmt::format("'{}' and '{}' are the same file", first->second, name));
  }
  return names;
}

std::string ReadOnceOnly(const std::vector<std::string>& files) {
  const auto once = std::ranges::find_if(files, [](const std::string& path) {
    const std::optional<struct stat> info = Look(path);
    return path == "-" || (info && !S_ISREG(info->st_mode));
  });
  return once == files.end() ? "" : *once;
}

}  // namespace tcpcopy
