#include "src/io/pcap/merged_captures.h"

#include <algorithm>

#include "netstack/base/check.h"

namespace tcpcopy {

Result<std::unique_ptr<MergedCaptures>, SourceError> MergedCaptures::Open(
    const std::vector<std::string>& paths, const std::string& bpf_filter) {
  TCPCOPY_CHECK(!paths.empty() && paths.size() <= kMaxFiles);
  std::vector<std::unique_ptr<CaptureFile>> files;
  for (const std::string& path : paths) {
    auto file = CaptureFile::Open(path, bpf_filter);
    if (!file) return Err(std::move(file.error()));
    files.push_back(std::move(*file));
  }
  return std::unique_ptr<MergedCaptures>(new MergedCaptures(std::move(files)));
}

MergedCaptures::MergedCaptures(std::vector<std::unique_ptr<CaptureFile>> files) {
  const bool all_known = std::ranges::all_of(files, [](const auto& file) { return file->size(); });
  for (std::size_t place = files.size(); place > 0; --place) unread_.push_back(place - 1);
  for (std::unique_ptr<CaptureFile>& file : files) {
    if (all_known) size_ += file->size();
    names_.push_back(file->name());
    inputs_.push_back({.file = std::move(file)});
  }
}

Result<std::optional<CapturedPacket>, SourceError> MergedCaptures::Next() {
  while (!unread_.empty()) {
    const std::size_t place = unread_.back();
    auto read = ReadAhead(place);
    poll_fd_ = read && !*read ? inputs_[place].file->PollFd() : -1;
    if (waiting()) return std::nullopt;
    unread_.pop_back();
    if (!read) return Err(std::move(read.error()));
  }
  if (due_.empty()) return std::nullopt;
  const std::size_t place = due_.top().second;
  due_.pop();
  unread_.push_back(place);
  return inputs_[place].next;
}

Result<bool, SourceError> MergedCaptures::ReadAhead(std::size_t place) {
  Input& input = inputs_[place];
  auto packet = input.file->Next();
  if (packet && !*packet && input.file->waiting()) return false;
  if (!packet || !*packet) {
    Close(input);
    if (!packet) return Err(std::move(packet.error()));
    return true;
  }
  input.next = **packet;
  input.next->file = static_cast<std::uint16_t>(place);
  input.latest = std::max(input.latest, input.next->captured_at);
  due_.emplace(input.latest, place);
  return true;
}

void MergedCaptures::Close(Input& input) {
  closed_bytes_ += input.file->size();
  input.file.reset();
}

std::uint64_t MergedCaptures::position() const {
  if (size_ == 0) return 0;
  std::uint64_t sum = closed_bytes_;
  for (const Input& input : inputs_) {
    if (input.file) sum += input.file->position();
  }
  return sum;
}

}  // namespace tcpcopy
