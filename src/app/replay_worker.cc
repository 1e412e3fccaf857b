#include "src/app/replay_worker.h"

#include <fmt/format.h>

#include <utility>

#include "src/app/carried_replies.h"
#include "src/app/console.h"
#include "src/app/policy_of.h"
#include "src/app/session_line.h"
#include "src/io/host/secret.h"
#include "src/replay/datagram_replay.h"
#include "src/replay/dispatcher.h"

namespace tcpcopy {
namespace {

/// How long RSTs and last packets get to leave after everything was ended.
constexpr Duration kResetPatience = std::chrono::seconds(1);

ReplayPolicy PolicyOfPart(const ReplayWorker::Part& part) {
  ReplayPolicy policy = PolicyOf(part.options);
  policy.ports = part.ports;
  policy.shares_input = part.options.IsFile();
  policy.max_sessions = part.memory.sessions;
  policy.remembered_flows = part.memory.remembered_flows;
  policy.max_engaged /= part.ports.count();
  return policy;
}

}  // namespace

ReplayWorker::ReplayWorker(Part part, Events events)
    : part_(std::move(part)),
      options_(part_.options),
      events_(std::move(events)),
      policy_(PolicyOfPart(part_)),
      ledger_(options_.transport),
      clients_(options_, part_.ports, own_addresses_),
      patience_timer_([this] { EndAll(); }),
      second_timer_([this] { OnSecond(); }),
      idle_listener_([this] { CheckFinished(); }) {}

ReplayWorker::~ReplayWorker() = default;

// ---------------------------------------------------------------------------------------------------
// Before the first packet.

Result<void, StartError> ReplayWorker::OpenFiles() { return clients_.OpenFiles(); }

void ReplayWorker::BeginToOpenReplies() {
  // Clients on this very host are not replayed from where they are.
  const bool are_captured =
      !options_.channels.InUse() || options_.clients.kind == ClientAddresses::Kind::kKeep;
  if (!are_captured) return;
  opening_ = CapturedReplies::BeginToOpen(options_.targets, options_.transport, part_.ports);
}

Result<void, StartError> ReplayWorker::OpenInterfaces() {
  if (auto opened = clients_.OpenInterfaces(); !opened) return opened;
  // It may take long until replies can come.
  if (options_.channels.InUse()) clients_.CloseInterfaces();
  return {};
}

void ReplayWorker::PlanAddresses(AddressPlan::Host host) {
  own_addresses_ = *host.own;
  host.own = &own_addresses_;
  addresses_ = std::make_unique<AddressPlan>(options_, host, part_.ports);
}

Result<void, StartError> ReplayWorker::PrepareEngine() {
  auto outlet = Outlet::Open(options_);
  if (!outlet) return Fail(outlet.error().message, options_.link_layer.InUse() ? 2 : 1);
  outlet_ = std::move(*outlet);
  policy_.tcp.mtu = static_cast<std::uint16_t>(outlet_->mtu());
  auto driver = UringDriver::Create(clock_);
  if (!driver) return Fail(driver.error().message);
  driver_ = std::move(*driver);
  loop_ = std::make_unique<EventLoop>(clock_, *driver_);
  auto mailbox = Mailbox::Create(*loop_);
  if (!mailbox) return Fail(mailbox.error().message);
  mailbox_ = std::move(*mailbox);
  UringSink::Options sink_options;
  sink_options.mtu = outlet_->mtu();
  auto sink = UringSink::Create(*driver_, *loop_, outlet_->path(), sink_options);
  if (!sink) return Fail(sink.error().message);
  sink_ = std::move(*sink);
  return {};
}

Result<void, StartError> ReplayWorker::PrepareReplies() {
  ReplyIntake::Events events{[this] { OnRepliesReady(); }, events_.on_replies_lost, events_.log,
                             events_.warn};
  const bool carried = options_.channels.InUse();
  if (carried) {
    replies_ =
        std::make_unique<CarriedReplies>(*loop_, options_.channels, options_.targets,
                                         !options_.IsFile(), std::move(events), RandomSecret());
    events = {[] {}, events_.on_replies_lost, events_.log, events_.warn};
  }
  if (opening_.valid()) {
    auto captured = CapturedReplies::Open(*loop_, std::move(opening_), options_.targets,
                                          addresses_->captures_for_others(), std::move(events));
    if (!captured) return Fail(captured.error().message);
    (carried ? own_replies_ : replies_) = std::move(*captured);
  }
  MakeEngine();
  return {};
}

void ReplayWorker::MakeEngine() {
  blocks_ = std::make_unique<BlockPool>(part_.memory.payload_bytes);
  isn_ = std::make_unique<IsnGenerator>(SecretOfThisBoot());
  std::function<bool(const IpAddress&)> is_own;
  if (!options_.IsFile()) is_own = std::bind_front(&HostAddresses::Contains, &own_addresses_);
  std::function<void(const SessionEnd&)> on_session_end;
  if (LogsDebug()) {
    on_session_end = [](const SessionEnd& end) { LogDebug(SessionLine(end), SessionFields(end)); };
  }
  const auto on_first_cut = [this](const CapturedPacket& packet) {
    events_.on_first_cut(CutLine(packet));
  };
  if (options_.transport == Transport::kUdp) {
    const auto first = static_cast<std::uint32_t>(RandomSecret());
    const DatagramSender::Settings sending{outlet_->mtu(), part_.memory.payload_bytes, first};
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
}

// ---------------------------------------------------------------------------------------------------
// While it runs, and its end.

void ReplayWorker::Run() {
  loop_->timers().Set(second_timer_, clock_.Now() + std::chrono::seconds(1));
  if (own_replies_) own_replies_->Start(*engine_);
  replies_->Start(*engine_);
  loop_->Run();
  const Figures last = figures();
  replies_->Stop();
  if (own_replies_) own_replies_->Stop();
  clients_.Stop();
  // What waits for the ring does so here: it is this thread's.
  engine_.reset();
  sink_.reset();
  events_.on_end(last);
}

void ReplayWorker::Post(std::function<void(ReplayWorker&)> call) {
  mailbox_->Post([this, call = std::move(call)] { call(*this); });
}

void ReplayWorker::OnRepliesReady() {
  if (phase_ != Phase::kRunning) return;
  if (clients_.started()) return clients_.Wake();
  if (std::exchange(ready_, true)) return;
  clients_.ReopenInterfaces();
  events_.on_ready();
}

void ReplayWorker::Begin() {
  if (phase_ != Phase::kRunning) return;
  ClientIntake::Events events;
  events.on_error = events_.on_input_error;
  events.on_end = [this] {
    events_.on_input_end();
    engine_->OnCaptureEnd();
    CheckFinished();
  };
  events.of_interfaces = {events_.warn, events_.log};
  events.on_round_end = events_.on_round_end;
  // A file can wait for intercepts to come back.
  events.may_read = [this] { return replies_->available() && engine_->MayRead(); };
  clients_.Start(*loop_, engine_->client_side(), std::move(events));
  engine_->set_reader(clients_.reader());
}

std::string ReplayWorker::CutLine(const CapturedPacket& packet) const {
  const bool several = options_.files.size() > 1;
  const std::string of = several ? " of " + clients_.files()->captures().names()[packet.file] : "";
  const char* const fate = options_.transport == Transport::kUdp
                               ? "datagrams cut so are not sent"
                               : "sessions with packets cut so end as 'capture gap'";
  const char* const mend = options_.IsFile() ? "capture with a larger snapshot length" : "see -S";
  return fmt::format("packet {}{} holds {} of its {} bytes; {}; {}", packet.number, of,
                     packet.bytes.size(), packet.wire_length, fate, mend);
}

void ReplayWorker::DecideRound(bool another) {
  if (phase_ != Phase::kRunning || clients_.over()) return;
  if (another) engine_->BeginRound();
  clients_.DecideRound(another);
}

void ReplayWorker::StopOpening() {
  if (phase_ != Phase::kRunning) return;
  phase_ = Phase::kDraining;
  engine_->StopOpening();
  CheckFinished();
}

void ReplayWorker::EndAll() {
  if (phase_ == Phase::kResetting) return loop_->Stop();
  phase_ = Phase::kResetting;
  clients_.Stop();
  engine_->EndAll();
  loop_->timers().Set(patience_timer_, loop_->Now() + kResetPatience);
  CheckFinished();
}

void ReplayWorker::CheckFinished() {
  const bool nothing_comes = phase_ != Phase::kRunning || clients_.over();
  if (nothing_comes && engine_->Idle()) loop_->Stop();
}

void ReplayWorker::OnSecond() {
  loop_->timers().Set(second_timer_, loop_->Now() + std::chrono::seconds(1));
  replies_->OnSecond();
  for (const std::string& line : outlet_->OnSecond(engine_->contacts())) events_.log(line);
  if (!options_.IsFile()) clients_.Wake();
}

Figures ReplayWorker::figures() const {
  ReplyIntake::Stats replies = replies_->stats();
  if (own_replies_) replies.captured_here = own_replies_->stats().captured_here;
  Figures figures{ledger_, clients_.stats(), replies, sink_->stats(), {}};
  figures.position.rounds = options_.rounds;
  if (const PacedCaptures* const files = clients_.files()) {
    figures.position.done = files->captures().position();
    figures.position.size = files->captures().size();
    figures.position.round = files->round();
  }
  return figures;
}

}  // namespace tcpcopy
