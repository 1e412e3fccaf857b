#include "src/io/uring/uring_sink.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "netstack/base/check.h"
#include "src/runtime/clock.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

constexpr std::size_t kCacheLine = 64;
/// Before each packet, for its link header.
constexpr std::size_t kHeadroom = 32;
static_assert(EthernetHeader::kMaxBytes <= kHeadroom);
constexpr Duration kDrainTime = 1s;

/// Whether a joined packet will never be taken: its header is not understood, it is too long, or
/// there is nothing that could part it.
bool IsRefusal(int result) {
  return result == -EINVAL || result == -EMSGSIZE || result == -EOPNOTSUPP;
}

/// Whether it was not taken, but another may be.
bool HadNoRoom(int result) { return result == -EAGAIN || result == -ENOMEM; }

}  // namespace

Result<std::unique_ptr<UringSink>, IoError> UringSink::Create(UringDriver& driver, EventLoop& loop,
                                                              SendPath& path,
                                                              const Options& options) {
  TCPCOPY_CHECK(options.slots > 0 && options.mtu > 0);
  const std::size_t slot_bytes =
      (kHeadroom + options.mtu + kCacheLine - 1) / kCacheLine * kCacheLine;
  const std::size_t bytes = options.slots * slot_bytes;
  void* const slab =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (slab == MAP_FAILED) {
    return Err(IoError{fmt::format("no memory for {} packets of {} bytes to send: {}",
                                   options.slots, options.mtu, std::strerror(errno))});
  }
  return std::unique_ptr<UringSink>(
      new UringSink(driver, loop, path, options, static_cast<std::uint8_t*>(slab), slot_bytes));
}

UringSink::UringSink(UringDriver& driver, EventLoop& loop, SendPath& path, const Options& options,
                     std::uint8_t* slab, std::size_t slot_bytes)
    : driver_(driver),
      loop_(loop),
      path_(path),
      slots_(options.slots),
      slab_(slab),
      slot_bytes_(slot_bytes),
      end_of_turn_([this] { SendJoined(); }),
      left_over_([this] { WakeWaiters(free_.size()); }),
      handler_id_(driver.AddHandler(*this)) {
  free_.reserve(slots_.size());
  for (std::size_t i = slots_.size(); i-- > 0;) {
    Slot& slot = slots_[i];
    slot.buffer = {slab + i * slot_bytes + kHeadroom, options.mtu};
    slot.message.msg_iov = &slot.part;
    slot.message.msg_iovlen = 1;
    slot.message.msg_name = &slot.departure.address;
    free_.push_back(&slot);
  }
  free_joined_.reserve(kMostGsoPackets);
  for (Joined& joined : *joined_) free_joined_.push_back(&joined);
}

UringSink::~UringSink() {
  waiters_.clear();
  joins_ = false;
  SendJoined();
  for (std::size_t i = 0; i < slots_.size() + kMostGsoPackets; ++i) {
    if (i >= slots_.size() || slots_[i].in_flight) {
      driver_.QueueCancel(handler_id_, static_cast<std::uint32_t>(i));
    }
  }
  const MonotonicClock clock;
  const Instant give_up = clock.Now() + kDrainTime;
  while (in_flight_ > 0 && clock.Now() < give_up) driver_.Wait(clock.Now() + 10ms);
  driver_.RemoveHandler(handler_id_);
  // What the kernel does not give back is leaked, as it may still read it.
  if (in_flight_ == 0) {
    ::munmap(slab_, slots_.size() * slot_bytes_);
  } else {
    new std::vector<Slot>(std::move(slots_));
    (void)joined_.release();
  }
}

SendSlot* UringSink::Acquire() {
  if (free_.empty()) return nullptr;
  Slot* const slot = free_.back();
  free_.pop_back();
  return slot;
}

void UringSink::Send(SendSlot* send_slot, std::size_t length, const IpAddress& destination) {
  Slot& slot = static_cast<Slot&>(*send_slot);
  TCPCOPY_CHECK(length <= slot.buffer.size() && !slot.in_flight);
  slot.length = length;
  if (slot.version != path_.version() || slot.destination != destination) {
    Prepare(slot, destination);
  }
  if (slot.error != 0) {
    CountError(slot.error);
    return Free(slot);
  }
  slot.in_flight = true;
  ++in_flight_;
  if (!Join(slot)) SendAlone(slot);
}

bool UringSink::Join(Slot& slot) {
  if (open_ == nullptr) return Begin(slot);
  const std::size_t place = open_->packet.count();
  const bool same_way = open_->slots[0]->file == slot.file;
  if (!same_way || !open_->packet.Append(slot.buffer.first(slot.length))) {
    SendJoined();
    return Begin(slot);
  }
  open_->slots[place] = &slot;
  if (open_->packet.is_complete()) SendJoined();
  return true;
}

bool UringSink::Begin(Slot& slot) {
  const Departure& departure = slot.departure;
  if (!joins_ || departure.gso_socket < 0 || free_joined_.empty()) return false;
  if (slot.length > departure.gso_mtu) return false;
  Joined& joined = *free_joined_.back();
  const ConstBytes link_header =
      ConstBytes(departure.link_header).first(departure.link_header_length);
  const ConstBytes packet = slot.buffer.first(slot.length);
  if (!joined.packet.Begin(link_header, packet, departure.gso_limits)) return false;
  free_joined_.pop_back();
  joined.slots[0] = &slot;
  open_ = &joined;
  loop_.PostLast(end_of_turn_);
  return true;
}

void UringSink::SendJoined() {
  if (open_ == nullptr) return;
  Joined& joined = *std::exchange(open_, nullptr);
  const auto token = static_cast<std::uint32_t>(slots_.size() + (&joined - joined_->data()));
  // Without waiting, see GsoSocket.
  const bool queued = joined.packet.count() > 1 &&
                      driver_.QueueSendTo(handler_id_, token, joined.slots[0]->gso_file,
                                          joined.packet.Finish(), MSG_DONTWAIT);
  if (queued) return;
  free_joined_.push_back(&joined);
  for (Slot* const slot : joined.taken()) SendAlone(*slot);
}

void UringSink::SendAlone(Slot& slot) {
  if (!Queue(slot)) Finish(slot, -EAGAIN);
}

void UringSink::Prepare(Slot& slot, const IpAddress& destination) {
  const int fd = path_.Prepare(destination, slot.departure);
  slot.destination = destination;
  slot.version = path_.version();
  slot.error = fd < 0 ? -fd : 0;
  if (fd < 0) return;
  slot.file = FileOf(fd);
  const Departure& departure = slot.departure;
  if (departure.gso_socket >= 0) slot.gso_file = FileOf(departure.gso_socket);
  std::uint8_t* const begin = slot.buffer.data() - departure.link_header_length;
  std::copy_n(departure.link_header.begin(), departure.link_header_length, begin);
  slot.part.iov_base = begin;
  slot.message.msg_namelen = departure.address_length;
}

RingFile UringSink::FileOf(int fd) {
  if (files_version_ != path_.version()) {
    SendJoined();  // it has a former file, too
    for (const auto& [former, file] : files_) driver_.ForgetFile(file);
    files_.clear();
    files_version_ = path_.version();
  }
  const auto [place, is_new] = files_.try_emplace(fd);
  if (is_new) place->second = driver_.RegisterFile(fd);
  return place->second;
}

bool UringSink::Queue(Slot& slot) {
  const auto token = static_cast<std::uint32_t>(&slot - slots_.data());
  slot.part.iov_len = slot.departure.link_header_length + slot.length;
  if (slot.departure.address_length > 0) {
    return driver_.QueueSendTo(handler_id_, token, slot.file, slot.message);
  }
  const auto* const begin = static_cast<const std::uint8_t*>(slot.part.iov_base);
  return driver_.QueueSend(handler_id_, token, slot.file, {begin, slot.part.iov_len});
}

void UringSink::Release(SendSlot* slot) { Free(static_cast<Slot&>(*slot)); }

void UringSink::OnCompletion(std::uint32_t token, int result) {
  if (token >= slots_.size()) return OnJoined(token - slots_.size(), result);
  Finish(slots_[token], result);
}

void UringSink::OnJoined(std::size_t number, int result) {
  Joined& joined = (*joined_)[number];
  free_joined_.push_back(&joined);
  if (HadNoRoom(result) || IsRefusal(result)) {
    joins_ = joins_ && !IsRefusal(result);
    for (Slot* const slot : joined.taken()) SendAgain(*slot);
    return;
  }
  if (result >= 0) ++stats_.joined;
  for (Slot* const slot : joined.taken()) Finish(*slot, result);
}

void UringSink::SendAgain(Slot& slot) {
  if (slot.version != path_.version()) Prepare(slot, slot.destination);
  if (slot.error != 0) return Finish(slot, -slot.error);
  SendAlone(slot);
}

void UringSink::Finish(Slot& slot, int result) {
  slot.in_flight = false;
  --in_flight_;
  if (result >= 0) {
    ++stats_.packets;
    stats_.bytes += slot.length;
  } else {
    CountError(-result);
  }
  Free(slot);
}

void UringSink::CountError(int error) {
  ++stats_.errors_by_number[error];  // bounded by the number of errno values
}

void UringSink::Free(Slot& slot) {
  free_.push_back(&slot);
  WakeWaiters(1);
}

void UringSink::PostWhenFree(Runnable& waiter) {
  TCPCOPY_CHECK(!waiter.is_linked());
  waiters_.push_back(waiter);
  if (free_.empty()) ++stats_.waits;
  if (!free_.empty()) WakeWaiters(free_.size());
}

void UringSink::WakeWaiters(std::size_t most) {
  if (waiters_.empty()) return;
  for (; most > 0 && !waiters_.empty(); --most) {
    Runnable& waiter = waiters_.front();
    waiters_.pop_front();
    loop_.Post(waiter);
  }
  // To the end of the queue, behind those just posted. While no slot is free there is nothing to
  // look after: the next one that comes free gets here.
  left_over_.unlink();
  if (!waiters_.empty() && !free_.empty()) loop_.Post(left_over_);
}

}  // namespace tcpcopy
