#include "src/app/intercept/intercept_run.h"

#include <fmt/format.h>
#include <signal.h>

#include <utility>

#include "src/app/console.h"
#include "src/app/intercept/capture_catcher.h"
#include "src/app/intercept/escape_warning.h"
#include "src/app/intercept/queue_catcher.h"
#include "src/app/options/endpoint_list.h"
#include "src/app/version.h"
#include "src/io/host/capabilities.h"
#include "src/io/host/host_addresses.h"
#include "src/io/host/interfaces.h"
#include "src/io/host/secret.h"
#include "src/io/when_free.h"

namespace tcpcopy {
namespace {

constexpr Duration kLinePeriod = std::chrono::seconds(30);

void LogSession(const FlowKey& session, bool wanted) {
  LogDebug(fmt::format("session {} > {}: {}", session.local.ToString(), session.peer.ToString(),
                       wanted ? "its replies are wanted" : "it is over"));
}

}  // namespace

InterceptRun::InterceptRun(const InterceptOptions& options, Service& service)
    : options_(options), service_(service), second_timer_([this] { OnSecond(); }) {}

InterceptRun::~InterceptRun() = default;

// ---------------------------------------------------------------------------------------------------
// Before the first peer.

Result<void, StartError> InterceptRun::Prepare() {
  if (auto done = PrepareEngine(); !done) return done;
  PrepareRelay();
  if (auto done = PrepareCatcher(); !done) return done;
  return PrepareListener();
}

Result<void, StartError> InterceptRun::PrepareEngine() {
  auto driver = UringDriver::Create(clock_);
  if (!driver) return Fail(driver.error().message);
  driver_ = std::move(*driver);
  loop_ = std::make_unique<EventLoop>(clock_, *driver_);
  auto signals = SignalSource::Create(*driver_, [this](int signal) { OnSignal(signal); });
  if (!signals) return Fail(signals.error().message);
  signals_ = std::move(*signals);
  return {};
}

void InterceptRun::PrepareRelay() {
  ReplyRelay::Options options;
  options.rewrites = options_.rewrites;
  options.targets = options_.targets;
  options.route_timeout = options_.route_timeout;
  options.hash_seed = RandomSecret();
  ReplyRelay::Events events;
  events.send = [this](PeerId peer, ConstBytes packet, std::size_t wire_length) {
    return listener_->Send(peer, packet, wire_length);
  };
  events.on_wanted = [this] { OnWanted(); };
  events.on_question = [this](PeerId, std::string_view question) {
    return watcher_.Answer(question);
  };
  events.capture = [this] { return catcher_->Stats(); };
  if (LogsDebug()) events.on_session = LogSession;
  relay_ = std::make_unique<ReplyRelay>(*loop_, std::move(options), std::move(events));
}

Result<void, StartError> InterceptRun::PrepareCatcher() {
  const auto log = [](const std::string& line) { LogWarning(line); };
  if (options_.catching == Catching::kQueue) {
    auto queue = QueueCatcher::Create(*loop_, clock_, *relay_,
                                      {.number = options_.queue_number,
                                       .length = options_.queue_length,
                                       .snapshot_bytes = 0,
                                       .pass = options_.pass},
                                      options_.rewrites, log);
    if (!queue) return Fail(queue.error());
    catcher_ = std::move(*queue);
    return {};
  }
  if (!Capabilities::OfThisProcess().net_raw) {
    return Fail(MissingCapability("cannot capture replies", "CAP_NET_RAW").message);
  }
  auto capture = CaptureCatcher::Create(
      *loop_, *relay_,
      {options_.interfaces, options_.filter, options_.targets, options_.rewrites, options_.port},
      log);
  if (!capture) return Fail(capture.error(), 2);
  catcher_ = std::move(*capture);
  return {};
}

Result<void, StartError> InterceptRun::PrepareListener() {
  ReplyListener::Options options;
  for (const IpAddress& address : options_.listen_on) {
    options.listen_on.push_back({address, options_.port});
  }
  const Endpoint all_v4{IpAddress::V4(0), options_.port};
  if (options_.listen_on.empty()) {
    options.listen_on = {all_v4, {*IpAddress::Parse("::"), options_.port}};
  }
  options.allow = options_.allow;
  if (options_.allow_neighbours) {
    const auto interfaces = InterfaceAddresses();
    if (!interfaces) return Fail(interfaces.error().message);
    for (const InterfaceAddress& each : *interfaces) {
      options.allow.push_back(Network::Of(each.address, each.prefix_length));
    }
  }
  options.protocol = options_.protocol;
  options.secret = options_.secret;
  options.batch = options_.combine;
  options.program = fmt::format("intercept {}", kVersion);
  const auto log = [](const std::string& line) { Log(line); };  // peers that come and go
  const auto create = [&] { return ReplyListener::Create(*loop_, options, *relay_, log); };
  auto listener = WhenFree(create);
  if (!listener && !listener.error().busy && options_.listen_on.empty()) {
    options.listen_on = {all_v4};  // a host without IPv6
    listener = WhenFree(create);
  }
  if (!listener) return Fail(listener.error().message);
  listener_ = std::move(*listener);
  return {};
}

std::string InterceptRun::StartLine() const {
  const bool classic = options_.protocol == ReplyProtocol::kClassic;
  const std::string_view proof = classic                   ? "nobody has to prove anything"
                                 : options_.secret.empty() ? "without a secret"
                                                           : "with a secret";
  return fmt::format("ready: replies are {}; listening on {}, {} protocol, {}",
                     catcher_->Description(), ListOf(listener_->listening()),
                     classic ? "classic" : "own", proof);
}

// ---------------------------------------------------------------------------------------------------
// While it runs, and its end.

int InterceptRun::Run() {
  service_.Ready();
  Log(StartLine());
  next_line_ = clock_.Now() + kLinePeriod;
  loop_->timers().Set(second_timer_, clock_.Now() + std::chrono::seconds(1));
  loop_->Run();
  PrintReport(Moment::kAtTheEnd);
  listener_.reset();
  catcher_.reset();
  return exit_code_;
}

void InterceptRun::OnSignal(int signal) {
  if (signal == SIGUSR1) return PrintReport(Moment::kMeanwhile);
  if (signal == SIGHUP) return service_.OnHangup();
  service_.OnStopping();
  loop_->Stop();
}

void InterceptRun::OnWanted() {
  const WantedReplies& wanted = relay_->wanted();
  const auto done = catcher_->Catch({wanted.anyone(), wanted.payload_bytes(), wanted.targets()});
  if (done) return WarnOfEscapes();
  LogError(done.error());
  exit_code_ = 1;
}

/// Once: the first targets are as good as the later ones.
void InterceptRun::WarnOfEscapes() {
  if (options_.catching != Catching::kCapture || warned_) return;
  HostAddresses own;
  if (!own.Refresh()) return;
  const std::string line = EscapeWarning(
      relay_->wanted().targets(),
      [&own](const IpAddress& address) { return own.Contains(address); }, ForwardsPackets);
  if (line.empty()) return;
  LogWarning(line);
  warned_ = true;
}

void InterceptRun::OnSecond() {
  loop_->timers().Set(second_timer_, loop_->Now() + std::chrono::seconds(1));
  catcher_->OnSecond();
  watcher_.Forget();
  service_.OnSecond(loop_->Now());
  if (loop_->Now() < next_line_) return;
  next_line_ = loop_->Now() + kLinePeriod;
  LogStatistics();
}

/// Not while there is nothing to do: it may be so for days.
void InterceptRun::LogStatistics() {
  const InterceptReport report = Report();
  service_.OnStatus(report.Line());
  const std::uint64_t before = std::exchange(caught_before_, report.relay.caught);
  if (report.peers == 0 && report.relay.caught == before) return;
  LogFigures(report.Line(), report.Fields());
}

InterceptReport InterceptRun::Report() const {
  return {relay_->peers(),          relay_->routes().size(), relay_->stats(),
          relay_->routes().stats(), catcher_->Stats(),       listener_->stats()};
}

void InterceptRun::PrintReport(Moment moment) {
  const InterceptReport report = Report();
  if (PrintResult(moment, report.Table(), "counters", report.Fields())) return;
  LogError("the counters cannot be written");
  if (moment == Moment::kAtTheEnd) exit_code_ = 1;
}

}  // namespace tcpcopy
