#include "src/io/uring/ring.h"

#include <array>
#include <boost/test/unit_test.hpp>
#include <thread>

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
