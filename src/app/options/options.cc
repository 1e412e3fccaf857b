#include "src/app/options/options.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "src/app/options/capture_file_list.h"
#include "src/app/options/interface_list.h"
#include "src/app/options/worker_options.h"
#include "src/io/pcap/filter_check.h"
#include "src/replay/replay_policy.h"

namespace tcpcopy {
namespace {

using Done = Result<void, std::string>;
using std::chrono::milliseconds;
using std::chrono::seconds;

// ---------------------------------------------------------------------------------------------------
// Values that are no plain numbers.

Done SetTargets(const std::string& text, Options& options) {
  auto targets = TargetMap::Parse(text);
  if (!targets) return Err(targets.error());
  options.targets = std::move(*targets);
  return {};
}

bool Exists(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0;
}

bool IsDirectory(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

Done SetFiles(const std::string& list, Options& options) {
  auto files = ParseCaptureFiles(list);
  if (!files) return Err(files.error());
  options.files = std::move(*files);
  return {};
}

Done SetInterfaces(const std::string& list, Options& options) {
  auto names = ParseInterfaces(list);
  if (!names) return Err(names.error());
  options.interfaces = std::move(*names);
  return {};
}

Done SetInput(const std::string& text, Options& options) {
  const auto files = NamesCaptureFiles(text);
  if (!files) return Err(files.error());
  return *files ? SetFiles(text, options) : SetInterfaces(text, options);
}

Done SetClients(const std::string& text, Options& options) {
  auto clients = ClientAddresses::Parse(text);
  if (!clients) return Err(clients.error());
  options.clients = std::move(*clients);
  return {};
}

Done SetLocalhost(const std::string& text, Options& options) {
  const auto address = IpAddress::Parse(text);
  if (!address) return Err(fmt::format("'{}' is no IP address", text));
  if (address->IsUnspecified() || address->IsLoopback()) {
    return Err(fmt::format("'{}' is no address that others can answer to", text));
  }
  options.instead_of_localhost = *address;
  return {};
}

Done SetMemoryAction(const std::string& text, Options& options) {
  if (text != "refuse" && text != "exit") return Err(fmt::format("'{}' is unknown", text));
  options.exit_without_memory = text == "exit";
  return {};
}

Done SetMidstream(const std::string& text, Options& options) {
  if (text != "skip" && text != "adopt") return Err(fmt::format("'{}' is unknown", text));
  options.adopt_midstream = text == "adopt";
  return {};
}

constexpr double kFastest = 1e6;

Done SetSpeed(const std::string& text, Options& options) {
  if (text == "max") {
    options.speed = 0;
    return {};
  }
  const auto speed = ParseDecimal(text);
  if (!speed) return Err(speed.error());
  if (*speed <= 0 || *speed > kFastest) return Err(fmt::format("'{}' is out of range", text));
  options.speed = *speed;
  return {};
}

constexpr double kLongestDrain = 3600;

Done SetDrain(const std::string& text, Options& options) {
  const auto span = ParseDecimal(text);
  if (!span) return Err(span.error());
  if (*span < 0 || *span > kLongestDrain) return Err(fmt::format("'{}' is out of range", text));
  options.drain_timeout =
      std::chrono::duration_cast<Duration>(std::chrono::duration<double>(*span));
  return {};
}

/// Looks whether the file can be written, now and not after hours of replay.
Done SetSummary(const std::string& path, Options& options) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (IsDirectory(path)) return Err(fmt::format("'{}' is a directory", path));
  if (access(Exists(path) ? path.c_str() : folder.c_str(), W_OK) != 0) {
    return Err(fmt::format("'{}' cannot be written", path));
  }
  options.summary_json = path;
  return {};
}

// ---------------------------------------------------------------------------------------------------
// The options, in the order of the help.

OptionGroup WhatToCopy(Options& o) {
  const std::string interfaces = "network interfaces, comma separated";
  return {
      "What to copy",
      {{"-x,--transfer", "MAP", std::string(TargetMap::kForm), std::string(TargetMap::kExample),
        fmt::format("from where and to where: {}, such as {}", TargetMap::kForm,
                    TargetMap::kExample),
        [&o](const std::string& text) { return SetTargets(text, o); }},
       {"-i,--input", "FILE,...|IF,...", "capture files, or " + interfaces, "capture.pcap",
        "capture files to replay, in the order of capture time (pcap, pcapng, - for standard "
        "input), or the interfaces to capture on (comma separated; default: all)",
        [&o](const std::string& text) { return SetInput(text, o); }},
       {"--pcap-file", "FILE,...", "capture files, comma separated, or - for standard input",
        "capture.pcap", "as -i, always files",
        [&o](const std::string& text) { return SetFiles(text, o); }},
       {"--interface", "IF,...", interfaces, "eth0", "as -i, always interfaces",
        [&o](const std::string& text) { return SetInterfaces(text, o); }},
       {"-F,--filter", "EXPR", "an expression of pcap-filter(7)", "'src net 192.0.2.0/24'",
        "pcap filter, joined with the one made from -x",
        [&o](const std::string& text) -> Done {
          if (const std::string problem = FilterProblem(text); !problem.empty()) {
            return Err(problem);
          }
          o.filter = text;
          return {};
        }},
       WholeNumber("-r,--sample", {1, 100, "per cent"}, 20, "share of the sessions to replay (100)",
                   [&o](auto n) { o.sample_percent = static_cast<unsigned>(n); }),
       {"--midstream", "skip|adopt", "skip or adopt", "adopt",
        "sessions whose SYN was not captured: skip them (default), or adopt them from their "
        "next request on",
        [&o](const std::string& text) { return SetMidstream(text, o); }}},
      {{"-O,--full-sessions", "only sessions whose SYN was captured (the default)", [] {}},
       {"--udp", "copy UDP datagrams instead of TCP sessions",
        [&o] { o.transport = Transport::kUdp; }}}};
}

OptionGroup HowToReplay(Options& o) {
  return {
      "How to replay",
      {{"-c,--clients", "self|keep|IP,...", std::string(ClientAddresses::kForm), "62.135.200.x",
        "client addresses towards the target: self (this host's own; default without -s), keep "
        "(the captured ones; default with -s), or a list; unless self, the target's replies "
        "must be routed to this host, or to an intercept",
        [&o](const std::string& text) { return SetClients(text, o); }},
       {"-H,--localhost", "IP", "a numeric address", "10.0.0.7",
        "with kept addresses: what clients on localhost are replayed from instead",
        [&o](const std::string& text) { return SetLocalhost(text, o); }},
       {"-a,--speed", "N|max", fmt::format("a number above 0 and up to {:.0f}, or max", kFastest),
        "2.5", "files: times faster than captured, or max (1)",
        [&o](const std::string& text) { return SetSpeed(text, o); }},
       WholeNumber("-T,--rounds", {0, 1'000'000'000, "times"}, 3,
                   "files: replay them that many times, one after the other; 0: until stopped (1)",
                   [&o](auto n) { o.rounds = static_cast<std::uint64_t>(n); }),
       WholeNumber("-I,--longest-gap", {0, 86'400'000, "ms"}, 1000,
                   "files: longer pauses of the capture are shortened to this",
                   [&o](auto n) { o.longest_gap = milliseconds(n); }),
       WholeNumber("-M,--mtu", {576, 65'535, "bytes"}, 1500,
                   "largest IP packet to the target (1500)",
                   [&o](auto n) { o.mtu = static_cast<std::uint16_t>(n); }),
       WholeNumber("-D,--mss", {64, 65'495, "bytes"}, 1460, "largest segment to the target (1460)",
                   [&o](auto n) { o.mss = static_cast<std::uint16_t>(n); }),
       WholeNumber("-R,--first-rto", {1, 60'000, "ms"}, 200,
                   "retransmission timeout before a round trip was measured (1000)",
                   [&o](auto n) { o.first_rto = milliseconds(n); })},
      {{"-W,--no-wait", "do not wait for an answer before the next request is sent",
        [&o] { o.wait_for_answers = false; }},
       {"--faithful-acks",
        "send ACKs without data as the captured client did, the handshake's included; by default "
        "the next data or FIN bears them where it leaves in time",
        [&o] { o.faithful_acks = true; }}}};
}

OptionGroup Limits(Options& o) {
  return {"Limits",
          {WholeNumber("-t,--timeout", {1, 86'400, "s"}, 60,
                       "time without an answer of the target that ends a session (600; --udp: 5)",
                       [&o](auto n) { o.answer_timeout = seconds(n); }),
           WholeNumber(
               "-k,--keepalive", {1, 604'800, "s"}, 600,
               "silence of the captured client that ends a session (7200; files: none; --udp: 30)",
               [&o](auto n) { o.idle_timeout = seconds(n); }),
           {"--drain", "S", fmt::format("0..{:.0f} s", kLongestDrain), "0.5",
            "seconds that sessions in flight get when the program is told to stop (5)",
            [&o](const std::string& text) { return SetDrain(text, o); }},
           WholeNumber("-m,--memory", {16, 1'048'576, "MB"}, 1024,
                       "memory of the process; what finds no room in it is refused (512)",
                       [&o](auto n) { o.memory = static_cast<std::size_t>(n) << 20; }),
           {"--memory-action", "refuse|exit", "refuse or exit", "refuse",
            "when that is not enough: refuse new sessions (default), or end the program as TCPCopy "
            "does",
            [&o](const std::string& text) { return SetMemoryAction(text, o); }},
           WholeNumber("-B,--buffer", {1, 2047, "MB"}, 16, "capture buffer (16)",
                       [&o](auto n) { o.capture_buffer = static_cast<std::size_t>(n) << 20; }),
           WholeNumber("-S,--snaplen", {64, 262'144, "bytes"}, 1600,
                       "bytes captured of a packet (262144)",
                       [&o](auto n) { o.snaplen = static_cast<int>(n); }),
           WholeNumber("-U,--pool-size", {0, 4'294'967'295, "KB"}, 0,
                       "accepted for compatibility; has no effect", [](auto) {})}};
}

OptionGroup RunningIt(Options& o) {
  OptionGroup group = ServiceOptionGroup(o.service);
  group.options.push_back(WorkersOption(o.workers));
  group.options.push_back({"--summary-json", "FILE", "a file that can be written", "ledger.json",
                           "write the ledger to this file at the end",
                           [&o](const std::string& text) { return SetSummary(text, o); }});
  group.options.push_back({"--add-summaries", "FILE...", "files that --summary-json has written",
                           "part-*.json",
                           "instead of copying, print what these ledgers add up to, as JSON",
                           [&o](const std::string& text) -> Done {
                             o.summaries.push_back(text);
                             return {};
                           },
                           true});
  group.flags.push_back({"--dry-run",
                         "print what would be copied, how, and by which ways; send nothing",
                         [&o] { o.dry_run = true; }});
  return group;
}

// ---------------------------------------------------------------------------------------------------
// The command line as a whole.

/// What talks to the user, or listens to him, has no place in the background.
std::optional<OptionsExit> CheckBackground(const CommandLine& line, const Options& options) {
  if (!options.service.background) return std::nullopt;
  if (options.doctor.wanted) {
    return line.Bad("-d", "contradicts --doctor, which reports to you", "one of -d and --doctor");
  }
  if (options.dry_run) {
    return line.Bad("-d", "contradicts --dry-run, which reports to you", "one of -d and --dry-run");
  }
  if (std::ranges::find(options.files, "-") != options.files.end()) {
    return line.Bad("-d", "contradicts -i -: the background has no standard input",
                    "a named capture file, or interfaces");
  }
  return std::nullopt;
}

/// A list has addresses for each target: those of its own family.
std::optional<OptionsExit> CheckClients(const CommandLine& line, const Options& options) {
  if (options.clients.kind != ClientAddresses::Kind::kList) return std::nullopt;
  for (const Mapping& mapping : options.targets.mappings()) {
    const auto fits = [&](const Network& network) {
      return network.address.family() == mapping.target.address.family();
    };
    if (std::ranges::any_of(options.clients.list, fits)) continue;
    const char* const family = mapping.target.address.IsV4() ? "IPv4" : "IPv6";
    return line.Bad("-c",
                    fmt::format("no address of the list can reach {}", mapping.target.ToString()),
                    fmt::format("{} addresses, too", family));
  }
  return std::nullopt;
}

/// What only files have.
std::optional<OptionsExit> CheckFiles(const CommandLine& line, const Options& options) {
  for (const auto& [name, long_name] :
       {std::pair{"-a", "--speed"}, {"-T", "--rounds"}, {"-I", "--longest-gap"}}) {
    if (options.IsFile() || !line.Given(long_name)) continue;
    return line.Bad(name, "is for capture files only", "together with -i FILE");
  }
  if (const std::string problem = WorkersProblem(options.workers, options.files);
      !problem.empty()) {
    return line.Bad("--workers", problem, "1, or files on a disk");
  }
  const std::string once = ReadOnceOnly(options.files);
  if (options.rounds == 1 || once.empty()) return std::nullopt;
  return line.Bad("-T", fmt::format("'{}' can be read once only", once), "1, or files on a disk");
}

/// Reading a file pauses while the target is busy, and that is not its clients' silence. A pipe may
/// never end.
void FinishPatience(const CommandLine& line, Options& options) {
  const bool is_pipe = std::ranges::find(options.files, "-") != options.files.end();
  if (!options.IsFile() || is_pipe || line.Given("--keepalive")) return;
  options.idle_timeout = ReplayPolicy::kUntilEndOfFile;
}

/// Options about connections (-D, -W, --midstream, ...) have no effect on datagrams; what they
/// cannot have is refused.
std::optional<OptionsExit> FinishDatagrams(const CommandLine& line, Options& options) {
  if (options.transport != Transport::kUdp) return std::nullopt;
  if (options.channels.InUse()) {
    return line.Bad("--udp", "contradicts -s: an intercept brings replies of TCP only",
                    "--udp without -s");
  }
  if (options.doctor.wanted) {
    return line.Bad("--udp", "contradicts --doctor, which looks after TCP only",
                    "one of --udp and --doctor");
  }
  // Queries often come each from a port of its own, and nothing tells that one is over.
  if (!line.Given("--keepalive")) options.idle_timeout = seconds(30);
  if (!line.Given("--timeout")) options.answer_timeout = seconds(5);
  return std::nullopt;
}

std::optional<OptionsExit> CheckTogether(const CommandLine& line, const Options& options) {
  if (!options.summaries.empty()) {
    if (!line.Given("--transfer")) return std::nullopt;
    return line.Bad("--add-summaries", "contradicts -x: nothing is copied", "one of them");
  }
  if (!line.Given("--transfer")) return line.Bad("--transfer", "is missing");
  if (int{line.Given("--input")} + int{line.Given("--pcap-file")} + int{line.Given("--interface")} >
      1) {
    return line.Bad("-i", "more than one input is given", "one of -i, --pcap-file and --interface");
  }
  if (line.Given("--full-sessions") && options.adopt_midstream) {
    return line.Bad("-O", "contradicts --midstream adopt", "one of -O and --midstream adopt");
  }
  if (auto bad = CheckFiles(line, options)) return bad;
  if (auto bad = CheckClients(line, options)) return bad;
  return CheckBackground(line, options);
}

}  // namespace

CommandLine OptionTables(Options& options) {
  return {"tcpcopy",
          "Copies live TCP or UDP traffic, or replays a capture of it, to a test server.",
          {WhatToCopy(options), HowToReplay(options), LoadOptionGroup(options.load),
           ChannelOptionGroup(options.channels), LinkLayerOptionGroup(options.link_layer),
           DoctorOptionGroup(options.doctor), Limits(options), RunningIt(options)}};
}

Result<Options, OptionsExit> ParseOptions(int argc, const char* const* argv) {
  Options options;
  CommandLine line = OptionTables(options);
  if (auto done = line.Parse(argc, argv); !done) return Err(std::move(done.error()));
  if (auto bad = CheckTogether(line, options)) return Err(std::move(*bad));
  if (auto bad = FinishChannelOptions(line, options.targets, options.channels))
    return Err(std::move(*bad));
  if (auto bad = FinishDoctorOptions(line, options.channels.port, options.doctor)) {
    return Err(std::move(*bad));
  }
  if (auto bad = CheckLinkLayerOptions(line, options.link_layer, options.targets)) {
    return Err(std::move(*bad));
  }
  FinishPatience(line, options);
  if (auto bad = FinishDatagrams(line, options)) return Err(std::move(*bad));
  if (!options.clients.chosen && options.channels.InUse()) {
    options.clients.kind = ClientAddresses::Kind::kKeep;
  }
  if (options.load.most_at_once > 0 && options.load.most_at_once < options.load.copies) {
    return Err(line.Bad("--max-sessions", "is less than -n, so no session has room with its copies",
                        "-n or more"));
  }
  if (options.load.shift > 0 && options.clients.kind == ClientAddresses::Kind::kSelf) {
    return Err(line.Bad("--shift-clients", "is for addresses that are not this host's",
                        "together with -c keep, or a list, or -s"));
  }
  if (options.instead_of_localhost && options.clients.kind != ClientAddresses::Kind::kKeep) {
    return Err(line.Bad("-H", "is for kept addresses", "together with -c keep, or -s"));
  }
  return options;
}

}  // namespace tcpcopy
