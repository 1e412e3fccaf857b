#include "src/app/replay_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>

#include <fstream>
#include <utility>

#include "src/app/dry_run.h"
#include "src/io/host/capabilities.h"
#include "src/io/host/usable_cpus.h"

namespace tcpcopy {

ReplayRun::ReplayRun(const Options& options, Service& service)
    : options_(options),
      service_(service),
      drain_timer_([this] { EndAll(); }),
      second_timer_([this] { OnSecond(); }) {}

ReplayRun::~ReplayRun() = default;

// ---------------------------------------------------------------------------------------------------
// Before the first packet.

Result<void, StartError> ReplayRun::Prepare() {
  for (const auto step :
       {&ReplayRun::PlanWorkers, &ReplayRun::CheckInput, &ReplayRun::CheckCapabilities,
        &ReplayRun::OpenCaptures, &ReplayRun::PrepareAddresses, &ReplayRun::PrepareWorkers,
        &ReplayRun::PrepareLoop, &ReplayRun::PrepareGuard}) {
    if (auto done = (this->*step)(); !done) return done;
  }
  PrepareProgress();
  return {};
}

Result<std::string, StartError> ReplayRun::Describe() {
  for (const auto step : {&ReplayRun::PlanWorkers, &ReplayRun::CheckInput}) {
    if (auto done = (this->*step)(); !done) return Err(done.error());
  }
  const auto host = LookAtHost();
  if (!host) return Err(host.error());
  return DescribeRun(options_, AddressPlan(options_, *host), workers_->count());
}

Result<void, StartError> ReplayRun::PlanWorkers() {
  const auto plan = WorkerPlan::Of(options_, UsableCpus());
  if (!plan) return Fail("-m: " + plan.error(), 2);
  if (!plan->warning().empty()) LogWarning(plan->warning());
  workers_ = std::make_unique<Workers>(*plan, EventsOfWorkers());
  return {};
}

Result<void, StartError> ReplayRun::CheckInput() {
  if (auto known = own_addresses_.Refresh(); !known) return Fail(known.error().message);
  if (options_.IsFile()) return workers_->OpenFiles();
  const std::string loop = FindLoop(options_.targets, own_addresses_);
  if (!loop.empty()) return Fail(loop, 2);
  return {};
}

Result<void, StartError> ReplayRun::CheckCapabilities() {
  const std::vector<std::string> missing = Capabilities::OfThisProcess().Missing();
  if (missing.empty()) return {};
  return Fail(MissingCapability("cannot capture and send packets",
                                fmt::format("{}", fmt::join(missing, "+")))
                  .message);
}

Result<void, StartError> ReplayRun::OpenCaptures() {
  workers_->BeginToOpenReplies();
  if (options_.IsFile()) return {};
  return workers_->OpenInterfaces();
}

Result<AddressPlan::Host, StartError> ReplayRun::LookAtHost() {
  auto host = AddressPlan::LookAtHost(options_, own_addresses_);
  if (!host) return Fail(host.error(), 2);
  return *host;
}

Result<void, StartError> ReplayRun::PrepareAddresses() {
  const auto host = LookAtHost();
  if (!host) return Err(host.error());
  return workers_->PlanAddresses(*host);
}

Result<void, StartError> ReplayRun::PrepareWorkers() { return workers_->Prepare(); }

/// From here on signals are for this loop, also those that come while other threads run.
Result<void, StartError> ReplayRun::PrepareLoop() {
  auto driver = UringDriver::Create(clock_);
  if (!driver) return Fail(driver.error().message);
  driver_ = std::move(*driver);
  loop_ = std::make_unique<EventLoop>(clock_, *driver_);
  auto mailbox = Mailbox::Create(*loop_);
  if (!mailbox) return Fail(mailbox.error().message);
  mailbox_ = std::move(*mailbox);
  auto signals = SignalSource::Create(*driver_, [this](int signal) { OnSignal(signal); });
  if (!signals) return Fail(signals.error().message);
  signals_ = std::move(*signals);
  if (options_.load.cpu_percent == 0) return {};
  CpuWatch::Events events{ProcessCpuTime, [this](bool over) { workers_->SetOverCpuLimit(over); }};
  cpu_ = std::make_unique<CpuWatch>(*loop_, options_.load.cpu_percent, std::move(events));
  return {};
}

Result<void, StartError> ReplayRun::PrepareGuard() {
  const std::vector<GuardRule>& rules = workers_->first().addresses().guard_rules();
  if (rules.empty()) return {};  // the kernel has nothing to answer
  auto guard = Guard::Install(rules);
  if (!guard) return Fail(guard.error().message);
  guard_ = std::move(*guard);
  return {};
}

Workers::Events ReplayRun::EventsOfWorkers() {
  return {
      .on_ready = [this] { OnReady(); },
      .on_round_end = [this] { workers_->Collect([this] { OnRoundEnd(); }); },
      .on_input_end = [this] { workers_->Collect([this] { OnInputEnd(); }); },
      .on_input_error = [this](const std::string& why) { OnInputError(why); },
      .on_first_cut = LogWarning,
      .on_replies_lost = [this](const std::string& why) { OnRepliesLost(why); },
      .log = Log,
      .warn = LogWarning,
      .on_end = [this] { loop_->Stop(); },
  };
}

void ReplayRun::PrepareProgress() {
  if (service_.unwatched()) {
    statistics_ = std::make_unique<StatisticsLine>(
        *loop_, [this] { workers_->Collect([this] { LogStatistics(); }); });
    return;
  }
  progress_ = std::make_unique<Progress>(*loop_, stderr, !options_.IsFile(), [this] {
    workers_->Collect([this] {
      const Figures now = Now();
      progress_->Tell(now.ledger, now.position);
    });
  });
}

// ---------------------------------------------------------------------------------------------------
// While it runs, and its end.

int ReplayRun::Run() {
  if (options_.service.log_file.empty()) LogWays();
  if (progress_) progress_->Start();
  if (statistics_) statistics_->Start();
  if (cpu_) cpu_->Start();
  started_ = clock_.Now();
  loop_->timers().Set(second_timer_, started_ + std::chrono::seconds(1));
  workers_->Start(*mailbox_);
  loop_->Run();
  if (progress_) progress_->Stop();
  if (statistics_) statistics_->Stop();
  guard_.reset();
  PrintLedger(Moment::kAtTheEnd);
  WriteSummary();
  return exit_code_;
}

void ReplayRun::LogWays() const {
  Log(workers_->first().addresses().description());
  Log(workers_->first().sending());
}

void ReplayRun::OnReady() {
  if (phase_ != Phase::kRunning) return;
  service_.Ready();
  if (!options_.service.log_file.empty()) LogWays();  // it takes lines only now
  const std::size_t files = options_.files.size();
  Log(files == 0   ? std::string("ready, capturing")
      : files == 1 ? fmt::format("ready, replaying {}", options_.files[0])
                   : fmt::format("ready, replaying {} files", files));
  workers_->Begin();
}

void ReplayRun::OnSignal(int signal) {
  switch (signal) {
    case SIGUSR1:
      return workers_->Collect([this] { PrintLedger(Moment::kMeanwhile); });
    case SIGHUP:
      return service_.OnHangup();
    default:
      break;
  }
  if (phase_ == Phase::kRunning) {
    BeginDrain();
  } else {
    EndAll();
  }
}

/// Goes on unless nothing would ever come of it: what is left out is the same in each round.
void ReplayRun::OnRoundEnd() {
  if (phase_ != Phase::kRunning) return;
  const Ledger ledger = Now().ledger;
  // A shard without a session reads on all the same, so that all count the same packets.
  const std::uint64_t replayable =
      ledger.Replayable() + (options_.rounds > 0 ? ledger.of_other_shards() : 0);
  const bool another = replayable != replayable_before_;
  // Otherwise all is well, with the others.
  if (!another && ledger.of_other_shards() == 0) {
    LogWarning("the capture holds no session to replay (see -x, -F, -r): it is not read again");
  }
  replayable_before_ = replayable;
  workers_->DecideRound(another);
}

void ReplayRun::OnInputEnd() {
  const Figures now = Now();
  const Ledger& ledger = now.ledger;
  if (ledger.seen().sessions == 0 && ledger.of_other_shards() == 0) {
    const char* const other = options_.transport == Transport::kUdp ? "" : ", --udp";
    LogWarning(
        fmt::format("nothing to replay: none of {} packets is of a client's session with a source "
                    "of -x ({} are of others; see -x, -F{})",
                    ledger.packets(), ledger.Of(PacketVerdict::kNotSelected), other));
  }
  if (options_.rounds != 1) Log(fmt::format("rounds read: {}", now.position.round));
}

void ReplayRun::OnInputError(const std::string& message) {
  exit_code_ = 1;
  LogError(message);
  workers_->Collect([this] {
    LogError(fmt::format("what came before it is replayed{}: {} sessions so far",
                         options_.files.size() > 1 ? ", and the other files" : "",
                         Now().ledger.seen().sessions));
  });
}

void ReplayRun::OnRepliesLost(const std::string& why) {
  if (phase_ == Phase::kResetting) return;  // as another worker said
  exit_code_ = 1;
  LogError(why);
  EndAll();
}

void ReplayRun::BeginDrain() {
  service_.OnStopping();
  phase_ = Phase::kDraining;
  workers_->StopOpening();
  workers_->Collect([this] {
    Log(fmt::format("stopping: {} sessions in flight get {:.1f} s; once more to end them at once",
                    Now().ledger.active().sessions,
                    std::chrono::duration<double>(options_.drain_timeout).count()));
  });
  loop_->timers().Set(drain_timer_, loop_->Now() + options_.drain_timeout);
}

void ReplayRun::EndAll() {
  if (phase_ == Phase::kRunning) service_.OnStopping();
  phase_ = Phase::kResetting;
  workers_->EndAll();
}

/// Workers that do not answer are no service any more, whatever this loop does.
void ReplayRun::OnSecond() {
  workers_->Collect([this] {
    loop_->timers().Set(second_timer_, loop_->Now() + std::chrono::seconds(1));
    service_.OnSecond(loop_->Now());
    if (options_.exit_without_memory) CheckMemory(Now().ledger);
  });
}

void ReplayRun::CheckMemory(const Ledger& ledger) {
  if (phase_ == Phase::kResetting) return;
  const std::uint64_t refused = ledger.Of(Outcome::kNoMemory).sessions;
  if (refused == 0) return;
  exit_code_ = 1;
  LogError(
      fmt::format("-m: {} MB do not suffice ({} sessions refused); ending, as --memory-action says",
                  options_.memory >> 20, refused));
  EndAll();
}

ReportInput ReplayRun::Report(const Figures& now) const {
  ReportInput input{now.ledger,         now.clients, now.replies, now.sent, clock_.Now() - started_,
                    options_.load.shard};
  for (const Figures& each : workers_->figures()) {
    input.sessions_by_worker.push_back(each.ledger.seen().sessions);
  }
  return input;
}

void ReplayRun::PrintLedger(Moment moment) {
  const Figures figures = Now();
  const ReportInput now = Report(figures);
  if (PrintResult(moment, ReportTable(now), "ledger", ReportFields(now))) return;
  LogError("the ledger cannot be written");
  if (moment == Moment::kAtTheEnd) exit_code_ = 1;
}

void ReplayRun::LogStatistics() {
  const Figures figures = Now();
  const ReportInput now = Report(figures);
  const std::string line = ReportLine(now);
  LogFigures(line, ReportFields(now));
  service_.OnStatus(line);
}

void ReplayRun::WriteSummary() {
  if (options_.summary_json.empty()) return;
  const Figures figures = Now();
  std::ofstream out(options_.summary_json);
  out << ReportJson(Report(figures));
  out.close();
  if (!out) {
    LogError(fmt::format("--summary-json: cannot write '{}'", options_.summary_json));
    exit_code_ = 1;
  }
}

}  // namespace tcpcopy
