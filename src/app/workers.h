#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "src/app/figures.h"
#include "src/app/line_merger.h"
#include "src/app/replay_worker.h"
#include "src/app/worker_plan.h"
#include "src/io/mailbox.h"

namespace tcpcopy {

/// All workers of a replay, and their threads, as one: who controls them, in a loop of its own,
/// tells all of them the same and hears of each event once. Used once.
class Workers {
 public:
  /// Called by the controlling loop.
  struct Events {
    std::function<void()> on_ready;      // all wait for `Begin`
    std::function<void()> on_round_end;  // all wait for `DecideRound`, or are at the end
    std::function<void()> on_input_end;  // of all
    /// Here and in the next two, the first worker's that has it.
    std::function<void(const std::string& why)> on_input_error;
    std::function<void(const std::string& line)> on_first_cut;
    std::function<void(const std::string& why)> on_replies_lost;
    std::function<void(const std::string& line)> log;
    std::function<void(const std::string& line)> warn;
    std::function<void()> on_end;  // all have ended
  };

  Workers(const WorkerPlan& plan, Events events);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  /// Waits for the threads, which must have been told to end.
  ~Workers();

  // Before `Start`; the first error of any worker.
  Result<void, StartError> OpenFiles();
  /// Goes on beside the other steps.
  void BeginToOpenReplies();
  Result<void, StartError> OpenInterfaces();
  Result<void, StartError> PlanAddresses(const AddressPlan::Host& host);
  Result<void, StartError> Prepare();

  std::size_t count() const { return all_.size(); }
  /// Those of one stand for all.
  const ReplayWorker& first() const { return *all_.front().worker; }

  /// `mailbox`, of the controlling loop, is not owned.
  void Start(Mailbox& mailbox);
  void Begin();
  void DecideRound(bool another);
  void StopOpening();
  void EndAll();
  void SetOverCpuLimit(bool over);

  /// Asks all workers for their figures, and calls `then` when `figures` has what they were now, or
  /// later. It is not called when the loop stops before.
  void Collect(std::function<void()> then);
  /// Of each, as last collected, or at its end.
  const std::vector<Figures>& figures() const { return figures_; }

 private:
  struct Place {
    std::unique_ptr<ReplayWorker> worker;
    std::thread thread;
    bool ready = false;
    bool round_is_over = false;
    bool input_is_over = false;
    bool asked = false;  // for its figures
    bool ended = false;
  };

  ReplayWorker::Events EventsOf(std::size_t number);
  Result<void, StartError> ForEach(Result<void, StartError> (ReplayWorker::*step)());
  void TellAll(const std::function<void(ReplayWorker&)>& call);
  bool All(bool Place::*state) const;

  void FanOut();
  void OnRoundEnd(Place& place);
  void OnInputEnd(Place& place);
  void OnFigures(std::size_t number, const Figures& figures);
  void OnEnd(std::size_t number, const Figures& last);
  void CheckRound();
  void Ask();
  void CheckCollected();

  Mailbox* mailbox_ = nullptr;  // from the start on
  const Events events_;
  const bool fans_out_;
  std::vector<Place> all_;
  std::vector<Figures> figures_;
  LineMerger lines_;
  std::vector<std::function<void()>> collecting_;  // what follows when all have answered
  std::vector<std::function<void()>> collect_next_;
  bool was_cut_ = false;
};

}  // namespace tcpcopy
