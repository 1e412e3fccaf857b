#include "src/runtime/session_task.h"

#include <array>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tcpcopy {
namespace {

using Log = std::vector<std::string>;

/// Tells when it goes away.
struct Witness {
  Witness(Log& into, const char* with_name) : log(into), name(with_name) {}
  ~Witness() { log.push_back(std::string("~") + name); }
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  Log& log;
  const char* const name;
};

/// A coroutine's owner as Session is one: its frame is a member, the task comes behind it.
class Owner {
 public:
  explicit Owner(Log& log) : log_(log) {}

  void Start() { task_ = Story(); }
  void StartEmpty() { task_ = Nothing(); }

  void* FrameRoom(std::size_t size) {
    BOOST_TEST_REQUIRE(size <= room_.size());
    size_ = size;
    return room_.data();
  }

  bool Contains(const void* address) const {
    const std::less_equal<const void*> not_after;
    return not_after(room_.data(), address) && not_after(address, room_.data() + size_ - 1);
  }

  SessionTask& task() { return task_; }
  std::size_t size() const { return size_; }
  const void* local() const { return local_; }

 private:
  SessionTask Story() {
    const Witness witness(log_, "witness");
    local_ = &witness;
    log_.push_back("began");
    for (int step = 0; step < 2; ++step) {
      co_await std::suspend_always();
      log_.push_back("step");
    }
    log_.push_back("ends");
  }
  SessionTask Nothing() { co_return; }

  Log& log_;
  const void* local_ = nullptr;
  std::size_t size_ = 0;
  alignas(std::max_align_t) std::array<std::byte, 512> room_;
  SessionTask task_;
};

void Check(const Log& log, const Log& expected) {
  BOOST_TEST(log == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(TheFrameLiesInItsOwner) {
  Log log;
  Owner owner(log);
  BOOST_TEST(owner.size() == 0U);
  owner.Start();
  BOOST_TEST(owner.size() > 0U);
  owner.task().Resume();
  BOOST_TEST(owner.Contains(owner.local()));
}

BOOST_AUTO_TEST_CASE(EachResumeGoesToTheNextSuspension) {
  Log log;
  Owner owner(log);
  owner.Start();
  Check(log, {});  // starts suspended
  owner.task().Resume();
  Check(log, {"began"});
  owner.task().Resume();
  Check(log, {"began", "step"});
  BOOST_TEST(!owner.task().done());
  owner.task().Resume();
  Check(log, {"began", "step", "step", "ends", "~witness"});
  BOOST_TEST(owner.task().done());
}

BOOST_AUTO_TEST_CASE(DestroyingASuspendedTaskDestroysItsLocals) {
  Log log;
  auto owner = std::make_unique<Owner>(log);
  owner->Start();
  owner->task().Resume();
  owner.reset();
  Check(log, {"began", "~witness"});
}

BOOST_AUTO_TEST_CASE(OneThatNeverRanHasNothingToDestroy) {
  Log log;
  auto owner = std::make_unique<Owner>(log);
  owner->Start();
  owner.reset();
  Check(log, {});
}

BOOST_AUTO_TEST_CASE(AFinishedTaskIsDestroyedOnce) {
  Log log;
  auto owner = std::make_unique<Owner>(log);
  owner->Start();
  while (!owner->task().done()) owner->task().Resume();
  log.clear();
  owner.reset();
  Check(log, {});
}

BOOST_AUTO_TEST_CASE(ATaskWithoutACoroutineIsDone) {
  SessionTask none;
  BOOST_TEST(none.done());
  Log log;
  Owner owner(log);
  owner.StartEmpty();
  BOOST_TEST(!owner.task().done());
  owner.task().Resume();
  BOOST_TEST(owner.task().done());
}

BOOST_AUTO_TEST_CASE(MovingHandsTheCoroutineOver) {
  Log log;
  Owner owner(log);
  owner.Start();
  owner.task().Resume();
  {
    SessionTask moved(std::move(owner.task()));
    BOOST_TEST(owner.task().done());
    BOOST_TEST(!moved.done());
    moved.Resume();
    Check(log, {"began", "step"});
  }
  Check(log, {"began", "step", "~witness"});
}

BOOST_AUTO_TEST_CASE(AssigningDestroysWhatWasThere) {
  Log log;
  Owner owner(log);
  Owner other(log);
  owner.Start();
  owner.task().Resume();
  other.Start();
  owner.task() = std::move(other.task());
  Check(log, {"began", "~witness"});
  BOOST_TEST(other.task().done());
  SessionTask& same = owner.task();
  owner.task() = std::move(same);
  owner.task().Resume();
  Check(log, {"began", "~witness", "began"});
  owner.task() = SessionTask();  // before `other`, whose room it lives in
}

}  // namespace
}  // namespace tcpcopy
