#include "src/io/uring/uring_driver.h"

#include <poll.h>

#include <algorithm>
#include <array>

#include "netstack/base/check.h"

namespace tcpcopy {
namespace {

// An operation's user data: who it belongs to (8 bits), the generation of a watching (24 bits), and
// the place of the watching or the handler's token (32 bits). An owner of all ones is liburing's
// own timeout on kernels before 5.11.
constexpr std::uint8_t kPoll = 0;
constexpr std::uint8_t kCancel = 1;
constexpr std::uint8_t kFirstHandler = 2;
constexpr std::size_t kMaxHandlers = 200;
constexpr std::uint32_t kGenerationMask = 0xffffff;
constexpr std::size_t kBatch = 64;

constexpr std::uint64_t UserData(std::uint8_t owner, std::uint32_t generation,
                                 std::uint32_t value) {
  return (std::uint64_t{owner} << 56) | (std::uint64_t{generation} << 32) | value;
}

}  // namespace

Result<std::unique_ptr<UringDriver>, IoError> UringDriver::Create(const Clock& clock,
                                                                  unsigned entries) {
  auto ring = Ring::Create(entries);
  if (!ring) return Err(ring.error());
  return std::unique_ptr<UringDriver>(new UringDriver(clock, *std::move(ring)));
}

UringDriver::UringDriver(const Clock& clock, std::unique_ptr<Ring> ring)
    : clock_(clock), ring_(std::move(ring)) {}

void UringDriver::Watch(int fd, ReadableHandler& handler) { AddWatched(fd, &handler, nullptr); }

void UringDriver::WatchWritable(int fd, WritableHandler& handler) {
  AddWatched(fd, nullptr, &handler);
}

void UringDriver::AddWatched(int fd, ReadableHandler* readable, WritableHandler* writable) {
  TCPCOPY_CHECK(fd >= 0);
  auto place = std::ranges::find(watched_, -1, &WatchedFd::fd);
  if (place == watched_.end()) place = watched_.emplace(place);
  place->fd = fd;
  place->readable = readable;
  place->writable = writable;
  const auto index = static_cast<std::uint32_t>(place - watched_.begin());
  // Still there when it was unwatched and watched again before a wait.
  if (std::ranges::find(to_arm_, index) == to_arm_.end()) to_arm_.push_back(index);
}

void UringDriver::Unwatch(int fd) {
  const auto place = std::ranges::find_if(watched_, [fd](const WatchedFd& watched) {
    return watched.fd == fd && watched.readable != nullptr;
  });
  TCPCOPY_CHECK(place != watched_.end());
  Remove(place);
}

void UringDriver::UnwatchWritable(int fd) {
  const auto place = std::ranges::find_if(watched_, [fd](const WatchedFd& watched) {
    return watched.fd == fd && watched.writable != nullptr;
  });
  if (place != watched_.end()) Remove(place);
}

void UringDriver::Remove(Place place) {
  if (place->armed) {
    const auto index = static_cast<std::uint32_t>(place - watched_.begin());
    // Without an entry the poll stays until it fires, and is then recognized as late.
    if (io_uring_sqe* const sqe = ring_->NextSqe()) {
      io_uring_prep_poll_remove(sqe, UserData(kPoll, place->generation, index));
      sqe->user_data = UserData(kCancel, 0, 0);
    }
  }
  *place = {.generation = (place->generation + 1) & kGenerationMask};
}

void UringDriver::Arm() {
  std::size_t done = 0;
  for (; done < to_arm_.size(); ++done) {
    WatchedFd& watched = watched_[to_arm_[done]];
    if (watched.fd < 0 || watched.armed) continue;
    io_uring_sqe* const sqe = ring_->NextSqe();
    if (sqe == nullptr) break;
    io_uring_prep_poll_add(sqe, watched.fd, watched.readable != nullptr ? POLLIN : POLLOUT);
    sqe->user_data = UserData(kPoll, watched.generation, to_arm_[done]);
    watched.armed = true;
  }
  to_arm_.erase(to_arm_.begin(), to_arm_.begin() + static_cast<std::ptrdiff_t>(done));
}

void UringDriver::Wait(Instant until) {
  Arm();
  if (until == kNever) {
    ring_->SubmitAndWait(std::nullopt);
  } else if (const Instant now = clock_.Now(); until > now) {
    ring_->SubmitAndWait(until - now);
  } else {
    ring_->SubmitAndLook();
  }
  std::array<Completion, kBatch> batch;
  std::size_t count = 0;
  do {
    count = ring_->Reap(batch);
    for (std::size_t i = 0; i < count; ++i) Dispatch(batch[i]);
  } while (count == batch.size());
}

void UringDriver::Dispatch(const Completion& completion) {
  const auto owner = static_cast<std::uint8_t>(completion.user_data >> 56);
  if (owner == kPoll) return OnPolled(completion);
  const std::size_t index = owner - std::size_t{kFirstHandler};
  if (owner < kFirstHandler || index >= handlers_.size() || handlers_[index] == nullptr) return;
  handlers_[index]->OnCompletion(static_cast<std::uint32_t>(completion.user_data),
                                 completion.result);
}

void UringDriver::OnPolled(const Completion& completion) {
  const auto index = static_cast<std::uint32_t>(completion.user_data);
  const auto generation = static_cast<std::uint32_t>(completion.user_data >> 32) & kGenerationMask;
  const auto is_current = [&] { return watched_[index].generation == generation; };
  if (!is_current()) return;
  watched_[index].armed = false;
  if (WritableHandler* const writable = watched_[index].writable) {
    Remove(watched_.begin() + index);
    return writable->OnWritable();
  }
  watched_[index].readable->OnReadable();
  // The handler may have ended its watching, or begun others and so moved this one.
  if (is_current() && completion.result >= 0) to_arm_.push_back(index);
}

UringDriver::HandlerId UringDriver::AddHandler(CompletionHandler& handler) {
  TCPCOPY_CHECK(handlers_.size() < kMaxHandlers);
  handlers_.push_back(&handler);
  return static_cast<HandlerId>(kFirstHandler + handlers_.size() - 1);
}

void UringDriver::RemoveHandler(HandlerId id) {
  handlers_[id - std::size_t{kFirstHandler}] = nullptr;
}

bool UringDriver::QueueSendTo(HandlerId id, std::uint32_t token, RingFile file,
                              const msghdr& message, unsigned flags) {
  io_uring_sqe* const sqe = ring_->NextSqe();
  if (sqe == nullptr) return false;
  io_uring_prep_sendmsg(sqe, file.number, &message, flags);
  io_uring_sqe_set_flags(sqe, file.is_registered ? IOSQE_FIXED_FILE : 0);
  sqe->user_data = UserData(id, 0, token);
  return true;
}

bool UringDriver::QueueSend(HandlerId id, std::uint32_t token, RingFile file, ConstBytes bytes) {
  io_uring_sqe* const sqe = ring_->NextSqe();
  if (sqe == nullptr) return false;
  io_uring_prep_send(sqe, file.number, bytes.data(), bytes.size(), 0);
  io_uring_sqe_set_flags(sqe, file.is_registered ? IOSQE_FIXED_FILE : 0);
  sqe->user_data = UserData(id, 0, token);
  return true;
}

void UringDriver::QueueCancel(HandlerId id, std::uint32_t token) {
  io_uring_sqe* const sqe = ring_->NextSqe();
  if (sqe == nullptr) return;
  io_uring_prep_cancel64(sqe, UserData(id, 0, token), 0);
  sqe->user_data = UserData(kCancel, 0, 0);
}

}  // namespace tcpcopy
