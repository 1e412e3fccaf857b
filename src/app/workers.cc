#include "src/app/workers.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "src/io/pcap/fanout.h"
#include "src/replay/port_class.h"

namespace tcpcopy {

Workers::Workers(const WorkerPlan& plan, Events events)
    : events_(std::move(events)),
      fans_out_(plan.fans_out() && KernelFansOutIncoming()),
      all_(plan.workers()),
      lines_(plan.workers()) {
  for (unsigned i = 0; i < plan.workers(); ++i) {
    ReplayWorker::Part part{plan.OptionsOf(i), plan.PortsOf(i), plan.MemoryOf(i)};
    figures_.push_back({.ledger = Ledger(part.options.transport)});
    all_[i].worker = std::make_unique<ReplayWorker>(std::move(part), EventsOf(i));
  }
}

Workers::~Workers() {
  for (Place& place : all_) {
    if (place.thread.joinable()) place.thread.join();
  }
}

ReplayWorker::Events Workers::EventsOf(std::size_t number) {
  // What the worker's thread calls; all else here is the controlling loop's.
  const auto tell = [this](auto handle) { return [this, handle] { mailbox_->Post(handle); }; };
  const auto tell_line = [this](auto handle) {
    return [this, handle](const std::string& line) {
      mailbox_->Post([handle, line] { handle(line); });
    };
  };
  const auto if_news = [this, number](const std::function<void(const std::string&)>& handle) {
    return [this, number, &handle](const std::string& line) {
      if (lines_.IsNews(number, line)) handle(line);
    };
  };
  Place& place = all_[number];
  return {
      .on_ready = tell([this, &place] {
        place.ready = true;
        if (All(&Place::ready)) events_.on_ready();
      }),
      .on_round_end = tell([this, &place] { OnRoundEnd(place); }),
      .on_input_end = tell([this, &place] { OnInputEnd(place); }),
      .on_input_error = tell_line(if_news(events_.on_input_error)),
      .on_first_cut = tell_line([this](const std::string& line) {
        if (!std::exchange(was_cut_, true)) events_.on_first_cut(line);
      }),
      .on_replies_lost = tell_line(events_.on_replies_lost),
      .log = tell_line(if_news(events_.log)),
      .warn = tell_line(if_news(events_.warn)),
      .on_end =
          [this, number](const Figures& last) {
            mailbox_->Post([this, number, last] { OnEnd(number, last); });
          },
  };
}

Result<void, StartError> Workers::ForEach(Result<void, StartError> (ReplayWorker::*step)()) {
  for (Place& place : all_) {
    if (auto done = (place.worker.get()->*step)(); !done) return done;
  }
  return {};
}

Result<void, StartError> Workers::OpenFiles() { return ForEach(&ReplayWorker::OpenFiles); }

void Workers::BeginToOpenReplies() {
  for (Place& place : all_) place.worker->BeginToOpenReplies();
}

Result<void, StartError> Workers::OpenInterfaces() {
  if (auto opened = ForEach(&ReplayWorker::OpenInterfaces); !opened) return opened;
  if (fans_out_) FanOut();
  return {};
}

/// Has the kernel ask once for each packet, and not each worker's filter. Those are right without
/// it, and stay: who opens a capture again has it alone.
void Workers::FanOut() {
  std::vector<std::vector<int>> sockets;  // of each worker
  for (Place& place : all_) sockets.push_back(place.worker->clients().Sockets());
  for (std::size_t interface = 0; interface < sockets[0].size(); ++interface) {
    std::vector<int> members;
    for (const std::vector<int>& of_worker : sockets) members.push_back(of_worker[interface]);
    if (JoinFanout(members, {PortClass::kMultiplier, PortClass::kShift})) continue;
    for (Place& place : all_) {
      place.worker->clients().CloseInterfaces();
      place.worker->clients().ReopenInterfaces();
    }
    return;
  }
}

Result<void, StartError> Workers::PlanAddresses(const AddressPlan::Host& host) {
  for (Place& place : all_) {
    place.worker->PlanAddresses(host);
    if (!place.worker->addresses().lacks_ports() || all_.size() == 1) continue;
    return Fail(
        fmt::format("--workers: too few ports for {}; accepted here: fewer, or more ports (-f, "
                    "net.ipv4.ip_local_port_range)",
                    all_.size()),
        2);
  }
  return {};
}

Result<void, StartError> Workers::Prepare() {
  if (auto done = ForEach(&ReplayWorker::PrepareEngine); !done) return done;
  return ForEach(&ReplayWorker::PrepareReplies);
}

void Workers::Start(Mailbox& mailbox) {
  mailbox_ = &mailbox;
  for (Place& place : all_) {
    place.thread = std::thread([worker = place.worker.get()] { worker->Run(); });
  }
}

bool Workers::All(bool Place::*state) const { return std::ranges::all_of(all_, state); }

void Workers::TellAll(const std::function<void(ReplayWorker&)>& call) {
  for (Place& place : all_) {
    if (!place.ended) place.worker->Post(call);
  }
}

void Workers::Begin() {
  TellAll([](ReplayWorker& worker) { worker.Begin(); });
}

void Workers::StopOpening() {
  TellAll([](ReplayWorker& worker) { worker.StopOpening(); });
}

void Workers::EndAll() {
  TellAll([](ReplayWorker& worker) { worker.EndAll(); });
}

void Workers::SetOverCpuLimit(bool over) {
  TellAll([over](ReplayWorker& worker) { worker.SetOverCpuLimit(over); });
}

void Workers::DecideRound(bool another) {
  for (Place& place : all_) place.round_is_over = false;
  TellAll([another](ReplayWorker& worker) { worker.DecideRound(another); });
}

void Workers::OnRoundEnd(Place& place) {
  place.round_is_over = true;
  CheckRound();
}

void Workers::OnInputEnd(Place& place) {
  place.input_is_over = true;
  if (All(&Place::input_is_over)) return events_.on_input_end();
  CheckRound();  // one whose file cannot be opened again does not keep the others
}

void Workers::CheckRound() {
  const auto waits = [](const Place& place) { return place.round_is_over; };
  const auto waits_or_is_over = [](const Place& place) {
    return place.round_is_over || place.input_is_over;
  };
  if (std::ranges::any_of(all_, waits) && std::ranges::all_of(all_, waits_or_is_over)) {
    events_.on_round_end();
  }
}

// ---------------------------------------------------------------------------------------------------
// Figures.

void Workers::Collect(std::function<void()> then) {
  collect_next_.push_back(std::move(then));
  // Answers that are under way may be older than what was asked now.
  if (collecting_.empty()) Ask();
}

void Workers::Ask() {
  collecting_ = std::move(collect_next_);
  collect_next_.clear();
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (all_[i].ended) continue;
    all_[i].asked = true;
    all_[i].worker->Post([this, i](const ReplayWorker& worker) {
      mailbox_->Post([this, i, now = worker.figures()] { OnFigures(i, now); });
    });
  }
  CheckCollected();
}

void Workers::OnFigures(std::size_t number, const Figures& figures) {
  if (all_[number].ended) return;
  figures_[number] = figures;
  all_[number].asked = false;
  CheckCollected();
}

void Workers::CheckCollected() {
  if (std::ranges::any_of(all_, &Place::asked)) return;
  const std::vector<std::function<void()>> then = std::move(collecting_);
  collecting_.clear();
  for (const std::function<void()>& call : then) call();
  if (collecting_.empty() && !collect_next_.empty()) Ask();
}

void Workers::OnEnd(std::size_t number, const Figures& last) {
  Place& place = all_[number];
  place.ended = true;
  place.asked = false;
  figures_[number] = last;
  if (!collecting_.empty()) CheckCollected();
  if (All(&Place::ended)) events_.on_end();
}

}  // namespace tcpcopy
