#include "src/io/uring/ring.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <thread>
#include <vector>

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;

BOOST_AUTO_TEST_CASE(CompletesWhatIsSubmittedInOrder) {
  auto ring = Ring::Create(8).value();
  for (std::uint64_t i = 1; i <= 3; ++i) {
    io_uring_sqe* const sqe = ring->NextSqe();
    io_uring_prep_nop(sqe);
    sqe->user_data = i;
  }
  ring->SubmitAndWait(std::nullopt);
  std::array<Completion, 2> batch;
  BOOST_TEST(ring->Reap(batch) == 2U);
  BOOST_TEST(batch[0].user_data == 1U);
  BOOST_TEST(batch[1].user_data == 2U);
  BOOST_TEST(ring->Reap(batch) == 1U);
  BOOST_TEST(batch[0].user_data == 3U);
  BOOST_TEST(ring->Reap(batch) == 0U);
}

/// What one send of a byte to `file` comes to.
int Send(Ring& ring, RingFile file) {
  io_uring_sqe* const sqe = ring.NextSqe();
  io_uring_prep_send(sqe, file.number, "x", 1, 0);
  io_uring_sqe_set_flags(sqe, file.is_registered ? IOSQE_FIXED_FILE : 0);
  std::array<Completion, 1> batch;
  ring.SubmitAndWait(std::nullopt);
  BOOST_REQUIRE(ring.Reap(batch) == 1U);
  return batch[0].result;
}

BOOST_AUTO_TEST_CASE(ARegisteredFileIsThereUntilItIsForgotten) {
  auto ring = Ring::Create(8).value();
  int ends[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
  const RingFile file = ring->RegisterFile(ends[0]);
  BOOST_TEST_REQUIRE(file.is_registered);  // from Linux 5.19 on
  ::close(ends[0]);
  BOOST_TEST(Send(*ring, file) == 1);
  BOOST_TEST(Send(*ring, {ends[0]}) == -EBADF);
  ring->ForgetFile(file);
  BOOST_TEST(Send(*ring, file) == -EBADF);
  ::close(ends[1]);
}

BOOST_AUTO_TEST_CASE(WhatIsQueuedKeepsAFileThatIsForgotten) {
  auto ring = Ring::Create(8).value();
  int ends[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
  const RingFile file = ring->RegisterFile(ends[0]);
  io_uring_sqe* const sqe = ring->NextSqe();
  io_uring_prep_send(sqe, file.number, "x", 1, 0);
  io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE);
  ring->ForgetFile(file);
  std::array<Completion, 1> batch;
  ring->SubmitAndWait(std::nullopt);
  BOOST_TEST(ring->Reap(batch) == 1U);
  BOOST_TEST(batch[0].result == 1);
  ::close(ends[0]);
  ::close(ends[1]);
}

BOOST_AUTO_TEST_CASE(FilesForWhichThereIsNoPlaceAreUsedByTheirDescriptors) {
  auto ring = Ring::Create(8).value();
  std::vector<RingFile> files;
  for (unsigned i = 0; i < Ring::kMostFiles; ++i) files.push_back(ring->RegisterFile(0));
  BOOST_TEST(files.back().is_registered);
  const RingFile unregistered = ring->RegisterFile(0);
  BOOST_TEST(!unregistered.is_registered);
  BOOST_TEST(unregistered.number == 0);
  ring->ForgetFile(unregistered);
  ring->ForgetFile(files[3]);
  BOOST_TEST(ring->RegisterFile(0).number == files[3].number);
}

BOOST_AUTO_TEST_CASE(SubmitsByItselfWhenTheQueueIsFull) {
  auto ring = Ring::Create(4).value();
  for (int i = 0; i < 20; ++i) {
    io_uring_sqe* const sqe = ring->NextSqe();
    BOOST_REQUIRE(sqe != nullptr);
    io_uring_prep_nop(sqe);
  }
  ring->SubmitAndLook();
  std::array<Completion, 32> batch;
  BOOST_TEST(ring->Reap(batch) == 20U);
}

BOOST_AUTO_TEST_CASE(BelongsToWhoSubmitsFirstWhoeverCreatedIt) {
  auto ring = Ring::Create(4).value();
  io_uring_prep_nop(ring->NextSqe());
  std::size_t done = 0;
  std::thread([&] {
    std::array<Completion, 4> batch;
    ring->SubmitAndWait(std::nullopt);
    done += ring->Reap(batch);
    io_uring_prep_nop(ring->NextSqe());
    ring->SubmitAndWait(std::nullopt);
    done += ring->Reap(batch);
  }).join();
  BOOST_TEST(done == 2U);
}

BOOST_AUTO_TEST_CASE(WaitsNoLongerThanToldTo) {
  auto ring = Ring::Create(4).value();
  ring->SubmitAndWait(1ms);
  std::array<Completion, 1> batch;
  BOOST_TEST(ring->Reap(batch) == 0U);
}

BOOST_AUTO_TEST_CASE(RefusedRingIsAnErrorOfOneLine) {
  const auto ring = Ring::Create(0);
  BOOST_REQUIRE(!ring);
  BOOST_TEST(ring.error().message.starts_with("cannot set up io_uring: "));
  BOOST_TEST(ring.error().message.find('\n') == std::string::npos);
}

}  // namespace
}  // namespace tcpcopy
