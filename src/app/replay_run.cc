#include "src/app/replay_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <utility>

#include "src/app/captured_replies.h"
#include "src/app/carried_replies.h"
#include "src/app/console.h"
#include "src/app/dry_run.h"
#include "src/app/policy_of.h"
#include "src/app/session_line.h"
#include "src/io/host/capabilities.h"
#include "src/replay/datagram_replay.h"
#include "src/replay/dispatcher.h"

namespace tcpcopy {
namespace {

/// How long RSTs and last packets get to leave after everything was ended.
constexpr Duration kResetPatience = std::chrono::seconds(1);

tl::unexpected<StartError> Fail(std::string message, int exit_code = 1) {
  return Err(StartError{exit_code, std::move(message)});
}

std::uint64_t RandomSecret() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

}  // namespace

ReplayRun::ReplayRun(const Options& options, Service& service)
    : options_(options),
      service_(service),
      policy_(PolicyOf(options)),
      ledger_(options.transport),
      clients_(options_, own_addresses_),
      drain_timer_([this] { EndAll(); }),
      second_timer_([this] { OnSecond(); }),
      idle_listener_([this] { CheckFinished(); }) {}

ReplayRun::~ReplayRun() = default;

// ---------------------------------------------------------------------------------------------------
// Before the first packet.

Result<void, StartError> ReplayRun::Prepare() {
  for (const auto step :
       {&ReplayRun::PlanMemory, &ReplayRun::CheckInput, &ReplayRun::CheckCapabilities,
        &ReplayRun::PrepareInterfaces, &ReplayRun::PrepareAddresses, &ReplayRun::PrepareEngine,
        &ReplayRun::PrepareReplies, &ReplayRun::PrepareGuard}) {
    if (auto done = (this->*step)(); !done) return done;
  }
  PrepareReplay();
  PrepareProgress();
  return {};
}

Result<std::string, StartError> ReplayRun::Describe() {
  for (const auto step :
       {&ReplayRun::PlanMemory, &ReplayRun::CheckInput, &ReplayRun::PrepareAddresses}) {
    if (auto done = (this->*step)(); !done) return Err(done.error());
  }
  return DescribeRun(options_, *addresses_);
}

Result<void, StartError> ReplayRun::PlanMemory() {
  auto plan = MemoryPlan::Of(options_.memory, MemoryPlan::BuffersOf(options_));
  if (!plan) return Fail("-m: " + plan.error(), 2);
  memory_ = *plan;
  policy_.max_sessions = memory_.sessions;
  policy_.remembered_flows = memory_.remembered_flows;
  return {};
}

Result<void, StartError> ReplayRun::CheckInput() {
  if (auto known = own_addresses_.Refresh(); !known) return Fail(known.error().message);
  if (options_.IsFile()) {
    return clients_.OpenFiles();
  }
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

Result<void, StartError> ReplayRun::PrepareInterfaces() {
  if (options_.IsFile()) return {};
  if (auto opened = clients_.OpenInterfaces(); !opened) return opened;
  // It may take long until replies can come.
  if (options_.channels.InUse()) clients_.CloseInterfaces();
  return {};
}

Result<void, StartError> ReplayRun::PrepareAddresses() {
  auto host = AddressPlan::LookAtHost(options_, own_addresses_);
  if (!host) return Fail(host.error(), 2);
  addresses_ = std::make_unique<AddressPlan>(options_, *host);
  return {};
}

Result<void, StartError> ReplayRun::PrepareEngine() {
  auto outlet = Outlet::Open(options_);
  if (!outlet) return Fail(outlet.error().message, options_.link_layer.InUse() ? 2 : 1);
  outlet_ = std::move(*outlet);
  policy_.tcp.mtu = static_cast<std::uint16_t>(outlet_->mtu());
  auto driver = UringDriver::Create(clock_);
  if (!driver) return Fail(driver.error().message);
  driver_ = std::move(*driver);
  loop_ = std::make_unique<EventLoop>(clock_, *driver_);
  UringSink::Options sink_options;
  sink_options.mtu = outlet_->mtu();
  auto sink = UringSink::Create(*driver_, *loop_, outlet_->path(), sink_options);
  if (!sink) return Fail(sink.error().message);
  sink_ = std::move(*sink);
  auto signals = SignalSource::Create(*driver_, [this](int signal) { OnSignal(signal); });
  if (!signals) return Fail(signals.error().message);
  signals_ = std::move(*signals);
  return {};
}

Result<void, StartError> ReplayRun::PrepareReplies() {
  const auto on_lost = [this](const std::string& why) { OnRepliesLost(why); };
  ReplyIntake::Events events{[this] { OnRepliesReady(); }, on_lost, Log, LogWarning};
  if (options_.channels.InUse()) {
    replies_ =
        std::make_unique<CarriedReplies>(*loop_, options_.channels, options_.targets,
                                         !options_.IsFile(), std::move(events), RandomSecret());
    // Clients on this very host are not replayed from where they are.
    if (options_.clients.kind != ClientAddresses::Kind::kKeep) return {};
    events = {[] {}, on_lost, Log, LogWarning};
  }
  auto captured = CapturedReplies::Open(*loop_, options_.targets, options_.transport,
                                        addresses_->captures_for_others(), std::move(events));
  if (!captured) return Fail(captured.error().message);
  (options_.channels.InUse() ? own_replies_ : replies_) = std::move(*captured);
  return {};
}

Result<void, StartError> ReplayRun::PrepareGuard() {
  if (addresses_->guard_rules().empty()) return {};  // the kernel has nothing to answer
  auto guard = Guard::Install(addresses_->guard_rules());
  if (!guard) return Fail(guard.error().message);
  guard_ = std::move(*guard);
  return {};
}

void ReplayRun::PrepareReplay() {
  blocks_ = std::make_unique<BlockPool>(memory_.payload_bytes);
  isn_ = std::make_unique<IsnGenerator>(RandomSecret());
  std::function<bool(const IpAddress&)> is_own;
  if (!options_.IsFile()) is_own = std::bind_front(&HostAddresses::Contains, &own_addresses_);
  std::function<void(const SessionEnd&)> on_session_end;
  if (LogsDebug()) {
    on_session_end = [](const SessionEnd& end) { LogDebug(SessionLine(end), SessionFields(end)); };
  }
  const auto on_first_cut = std::bind_front(&ReplayRun::OnFirstCut, this);
  if (options_.transport == Transport::kUdp) {
    const auto first = static_cast<std::uint32_t>(RandomSecret());
    const DatagramSender::Settings sending{outlet_->mtu(), memory_.payload_bytes, first};
    engine_ = std::make_unique<DatagramReplay>(DatagramReplay::Parts{
        *loop_, *sink_, ledger_, policy_, options_.targets, addresses_->allocator(), sending,
        is_own, RandomSecret(), on_first_cut, std::move(on_session_end)});
  } else {
    engine_ = std::make_unique<Dispatcher>(
        Dispatcher::Parts{*loop_, *sink_, *blocks_, ledger_, policy_, *isn_, options_.targets,
                          addresses_->allocator(), replies_->path(), is_own, RandomSecret(),
                          on_first_cut, std::move(on_session_end)});
  }
  engine_->set_idle_listener(&idle_listener_);
  if (options_.load.cpu_percent == 0) return;
  CpuWatch::Events events{ProcessCpuTime, [this](bool over) { engine_->SetOverCpuLimit(over); }};
  cpu_ = std::make_unique<CpuWatch>(*loop_, options_.load.cpu_percent, std::move(events));
}

void ReplayRun::PrepareProgress() {
  if (service_.unwatched()) {
    statistics_ = std::make_unique<StatisticsLine>(*loop_, [this] { LogStatistics(); });
    return;
  }
  progress_ = std::make_unique<Progress>(*loop_, ledger_, stderr, !options_.IsFile(), [this] {
    const PacedCaptures* const files = clients_.files();
    if (files == nullptr) return Progress::Position{};
    return Progress::Position{files->captures().position(), files->captures().size(),
                              files->round(), options_.rounds};
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
  if (own_replies_) own_replies_->Start(*engine_);
  replies_->Start(*engine_);
  loop_->Run();
  replies_->Stop();
  if (own_replies_) own_replies_->Stop();
  if (progress_) progress_->Stop();
  if (statistics_) statistics_->Stop();
  guard_.reset();
  PrintLedger(Moment::kAtTheEnd);
  WriteSummary();
  return exit_code_;
}

void ReplayRun::LogWays() const {
  Log(addresses_->description());
  Log(outlet_->description());
}

void ReplayRun::OnRepliesReady() {
  if (phase_ != Phase::kRunning) return;
  if (clients_.started()) return clients_.Wake();
  ClientIntake::Events events;
  events.on_error = [this](const std::string& why) { OnInputError(why); };
  events.on_end = [this] { OnInputEnd(); };
  events.of_interfaces = {LogWarning, Log};
  events.on_round_end = [this] { return OnRoundEnd(); };
  // A file can wait for intercepts to come back.
  events.may_read = [this] { return replies_->available() && engine_->MayRead(); };
  clients_.Start(*loop_, engine_->client_side(), std::move(events));
  engine_->set_reader(clients_.reader());
  service_.Ready();
  if (!options_.service.log_file.empty()) LogWays();  // it takes lines only now
  const std::size_t files = options_.files.size();
  Log(files == 0   ? std::string("ready, capturing")
      : files == 1 ? fmt::format("ready, replaying {}", options_.files[0])
                   : fmt::format("ready, replaying {} files", files));
}

void ReplayRun::OnSignal(int signal) {
  switch (signal) {
    case SIGUSR1:
      return PrintLedger(Moment::kMeanwhile);
    case SIGHUP:
      return service_.OnHangup();
    default:
      break;
  }
  if (phase_ == Phase::kRunning) {
    Log(fmt::format("stopping: {} sessions in flight get {:.1f} s; once more to end them at once",
                    ledger_.active().sessions,
                    std::chrono::duration<double>(policy_.drain_timeout).count()));
    BeginDrain(policy_.drain_timeout);
  } else {
    EndAll();
  }
}

void ReplayRun::OnFirstCut(const CapturedPacket& packet) {
  const bool several = options_.files.size() > 1;
  const std::string of = several ? " of " + clients_.files()->captures().names()[packet.file] : "";
  const char* const fate = options_.transport == Transport::kUdp
                               ? "datagrams cut so are not sent"
                               : "sessions with packets cut so end as 'capture gap'";
  const char* const mend = options_.IsFile() ? "capture with a larger snapshot length" : "see -S";
  LogWarning(fmt::format("packet {}{} holds {} of its {} bytes; {}; {}", packet.number, of,
                         packet.bytes.size(), packet.wire_length, fate, mend));
}

/// Goes on unless nothing would ever come of it: what these leave out is the same in each round.
bool ReplayRun::OnRoundEnd() {
  if (phase_ != Phase::kRunning) return false;
  // A shard without a session reads on all the same, so that all count the same packets.
  const std::uint64_t replayable =
      ledger_.Replayable() + (options_.rounds > 0 ? ledger_.of_other_shards() : 0);
  if (replayable == replayable_before_) {
    if (ledger_.of_other_shards() > 0) return false;  // all is well, with the others
    LogWarning("the capture holds no session to replay (see -x, -F, -r): it is not read again");
    return false;
  }
  replayable_before_ = replayable;
  engine_->BeginRound();
  return true;
}

void ReplayRun::OnInputEnd() {
  if (ledger_.seen().sessions == 0 && ledger_.of_other_shards() == 0) {
    const char* const other = options_.transport == Transport::kUdp ? "" : ", --udp";
    LogWarning(
        fmt::format("nothing to replay: none of {} packets is of a client's session with a source "
                    "of -x ({} are of others; see -x, -F{})",
                    ledger_.packets(), ledger_.Of(PacketVerdict::kNotSelected), other));
  }
  if (options_.rounds != 1) Log(fmt::format("rounds read: {}", clients_.files()->round()));
  engine_->OnCaptureEnd();
  CheckFinished();
}

void ReplayRun::OnInputError(const std::string& message) {
  exit_code_ = 1;
  LogError(message);
  LogError(fmt::format("what came before it is replayed{}: {} sessions so far",
                       options_.files.size() > 1 ? ", and the other files" : "",
                       ledger_.seen().sessions));
}

void ReplayRun::OnRepliesLost(const std::string& why) {
  exit_code_ = 1;
  LogError(why);
  EndAll();
}

void ReplayRun::BeginDrain(Duration patience) {
  service_.OnStopping();
  phase_ = Phase::kDraining;
  engine_->StopOpening();
  loop_->timers().Set(drain_timer_, loop_->Now() + patience);
  CheckFinished();
}

void ReplayRun::EndAll() {
  if (phase_ == Phase::kResetting) return loop_->Stop();
  if (phase_ == Phase::kRunning) service_.OnStopping();
  phase_ = Phase::kResetting;
  clients_.Stop();
  engine_->EndAll();
  loop_->timers().Set(drain_timer_, loop_->Now() + kResetPatience);
  CheckFinished();
}

void ReplayRun::CheckFinished() {
  const bool nothing_comes = phase_ != Phase::kRunning || clients_.over();
  if (nothing_comes && engine_->Idle()) loop_->Stop();
}

void ReplayRun::OnSecond() {
  loop_->timers().Set(second_timer_, loop_->Now() + std::chrono::seconds(1));
  replies_->OnSecond();
  const std::string news = outlet_->OnSecond(sink_->stats().packets, ledger_.replies());
  if (!news.empty()) Log(news);
  service_.OnSecond(loop_->Now());
  CheckMemory();
  if (!options_.IsFile()) clients_.Wake();
}

void ReplayRun::CheckMemory() {
  if (!options_.exit_without_memory || phase_ == Phase::kResetting) return;
  const std::uint64_t refused = ledger_.Of(Outcome::kNoMemory).sessions;
  if (refused == 0) return;
  exit_code_ = 1;
  LogError(
      fmt::format("-m: {} MB do not suffice ({} sessions refused); ending, as --memory-action says",
                  options_.memory >> 20, refused));
  EndAll();
}

ReportInput ReplayRun::Snapshot() const {
  ReplyIntake::Stats replies = replies_->stats();
  if (own_replies_) replies.captured_here = own_replies_->stats().captured_here;
  return {ledger_,        clients_.stats(),        replies,
          sink_->stats(), clock_.Now() - started_, options_.load.shard};
}

void ReplayRun::PrintLedger(Moment moment) {
  const ReportInput now = Snapshot();
  if (PrintResult(moment, ReportTable(now), "ledger", ReportFields(now))) return;
  LogError("the ledger cannot be written");
  if (moment == Moment::kAtTheEnd) exit_code_ = 1;
}

void ReplayRun::LogStatistics() {
  const ReportInput now = Snapshot();
  const std::string line = ReportLine(now);
  LogFigures(line, ReportFields(now));
  service_.OnStatus(line);
}

void ReplayRun::WriteSummary() {
  if (options_.summary_json.empty()) return;
  std::ofstream out(options_.summary_json);
  out << ReportJson(Snapshot());
  out.close();
  if (!out) {
    LogError(fmt::format("--summary-json: cannot write '{}'", options_.summary_json));
    exit_code_ = 1;
  }
}

}  // namespace tcpcopy
