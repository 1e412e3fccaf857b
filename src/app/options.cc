#include "src/app/options.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "src/app/version.h"

namespace tcpcopy {
namespace {

/// The values as they stand on the command line, before they are checked and given their units.
struct Raw {
  std::string targets;
  std::string input;
  std::string file;
  std::string interfaces;
  std::string clients = "self";
  std::string speed = "1";
  std::optional<std::uint32_t> longest_gap_ms;
  std::string filter;
  std::uint32_t buffer_mb = 16;
  int snaplen = 262'144;
  std::uint32_t mtu = 1500;
  std::uint32_t mss = 1460;
  std::uint32_t first_rto_ms = 1000;
  std::uint32_t answer_timeout_s = 600;
  std::uint32_t idle_timeout_s = 7200;
  double drain_s = 5;
  unsigned sample_percent = 100;
  std::uint32_t memory_mb = 512;
  std::uint32_t pool_size = 0;
  bool no_wait = false;
  bool full_sessions = false;
  std::string summary_json;
};

tl::unexpected<OptionsExit> Bad(std::string_view option, std::string_view what,
                                std::string_view form) {
  return Err(OptionsExit{2, fmt::format("tcpcopy: {}: {}; accepted: {}", option, what, form)});
}

void DeclareWhat(CLI::App& app, Raw& raw) {
  const std::string group = "What to copy";
  app.add_option("-x,--transfer", raw.targets,
                 "from where and to where: " + std::string(TargetMap::kForm))
      ->group(group)
      ->type_name("MAP");
  app.add_option("-i,--input", raw.input,
                 "a capture file to replay (pcap, pcapng, - for standard input) or the interfaces "
                 "to capture on (comma separated; default: all)")
      ->group(group)
      ->type_name("FILE|IF");
  app.add_option("--pcap-file", raw.file, "as -i, always a file")->group(group)->type_name("FILE");
  app.add_option("--interface", raw.interfaces, "as -i, always interfaces")
      ->group(group)
      ->type_name("IF,...");
  app.add_option("-F,--filter", raw.filter, "pcap filter, joined with the one made from -x")
      ->group(group)
      ->type_name("EXPR");
  app.add_option("-r,--sample", raw.sample_percent, "per cent of sessions to replay (100)")
      ->group(group)
      ->check(CLI::Range(1U, 100U))
      ->type_name("1..100");
  app.add_flag("-O,--full-sessions", raw.full_sessions,
               "only sessions whose SYN was captured (this is always so)")
      ->group(group);
}

void DeclareHow(CLI::App& app, Raw& raw) {
  const std::string group = "How to replay";
  app.add_option("-c,--clients", raw.clients,
                 "client addresses towards the target: self (this host's own, default) or keep "
                 "(the captured ones; the target's replies must be routed to this host)")
      ->group(group)
      ->type_name("self|keep");
  app.add_option("-a,--speed", raw.speed, "files: times faster than captured, or max (1)")
      ->group(group)
      ->type_name("N|max");
  app.add_option("-I,--longest-gap", raw.longest_gap_ms,
                 "files: longer pauses of the capture are shortened to this many ms")
      ->group(group)
      ->check(CLI::Range(0U, 86'400'000U))
      ->type_name("MS");
  app.add_flag("-W,--no-wait", raw.no_wait,
               "do not wait for an answer before the next request is sent")
      ->group(group);
  app.add_option("-M,--mtu", raw.mtu, "largest IP packet towards the target, bytes (1500)")
      ->group(group)
      ->check(CLI::Range(576U, 65'535U))
      ->type_name("576..65535");
  app.add_option("-D,--mss", raw.mss, "largest segment towards the target, bytes (1460)")
      ->group(group)
      ->check(CLI::Range(64U, 65'495U))
      ->type_name("64..65495");
  app.add_option("-R,--first-rto", raw.first_rto_ms,
                 "retransmission timeout before a round trip was measured, ms (1000)")
      ->group(group)
      ->check(CLI::Range(1U, 60'000U))
      ->type_name("MS");
}

void DeclareLimits(CLI::App& app, Raw& raw) {
  const std::string group = "Limits";
  app.add_option("-t,--timeout", raw.answer_timeout_s,
                 "seconds without an answer of the target that end a session (600)")
      ->group(group)
      ->check(CLI::Range(1U, 86'400U))
      ->type_name("S");
  app.add_option("-k,--keepalive", raw.idle_timeout_s,
                 "seconds of the captured client's silence that end a session (7200)")
      ->group(group)
      ->check(CLI::Range(1U, 604'800U))
      ->type_name("S");
  app.add_option("--drain", raw.drain_s,
                 "seconds that sessions in flight get when the program is told to stop (5)")
      ->group(group)
      ->check(CLI::Range(0.0, 3600.0))
      ->type_name("S");
  app.add_option("-m,--memory", raw.memory_mb,
                 "memory for sessions and their bytes, MB; above it new sessions are refused (512)")
      ->group(group)
      ->check(CLI::Range(16U, 1'048'576U))
      ->type_name("MB");
  app.add_option("-B,--buffer", raw.buffer_mb, "capture buffer, MB (16)")
      ->group(group)
      ->check(CLI::Range(1U, 2047U))
      ->type_name("MB");
  app.add_option("-S,--snaplen", raw.snaplen, "bytes captured of a packet (262144)")
      ->group(group)
      ->check(CLI::Range(64, 262'144))
      ->type_name("BYTES");
  app.add_option("-U,--pool-size", raw.pool_size, "accepted for compatibility; has no effect")
      ->group(group)
      ->type_name("KB");
}

void DeclareOutput(CLI::App& app, Raw& raw) {
  const std::string group = "Output";
  app.add_option("--summary-json", raw.summary_json, "write the ledger to this file at the end")
      ->group(group)
      ->type_name("FILE");
  app.set_help_flag("-h,--help", "this text")->group(group);
  app.set_version_flag("-v,--version", std::string(kVersion))->group(group);
}

Result<Options, OptionsExit> Check(const Raw& raw) {
  Options options;
  if (raw.targets.empty()) return Bad("-x", "is missing or empty", TargetMap::kForm);
  auto targets = TargetMap::Parse(raw.targets);
  if (!targets) return Bad("-x", targets.error(), TargetMap::kForm);
  options.targets = std::move(*targets);

  if (raw.clients != "self" && raw.clients != "keep") {
    return Bad("-c", fmt::format("'{}' is unknown", raw.clients), "self or keep");
  }
  options.clients = raw.clients == "keep" ? ClientAddresses::kKeep : ClientAddresses::kSelf;

  if (raw.speed == "max") {
    options.speed = 0;
  } else if (!CLI::detail::lexical_cast(raw.speed, options.speed) || !(options.speed > 0) ||
             options.speed > 1e6) {
    return Bad("-a", fmt::format("'{}' is no speed", raw.speed),
               "a number above 0 and up to 1000000, such as 2 or 0.5, or max");
  }
  if (raw.longest_gap_ms) options.longest_gap = std::chrono::milliseconds(*raw.longest_gap_ms);
  options.filter = raw.filter;
  options.capture_buffer = std::size_t{raw.buffer_mb} << 20;
  options.snaplen = raw.snaplen;
  options.mtu = static_cast<std::uint16_t>(raw.mtu);
  options.mss = static_cast<std::uint16_t>(raw.mss);
  options.first_rto = std::chrono::milliseconds(raw.first_rto_ms);
  options.answer_timeout = std::chrono::seconds(raw.answer_timeout_s);
  options.idle_timeout = std::chrono::seconds(raw.idle_timeout_s);
  options.drain_timeout =
      std::chrono::duration_cast<Duration>(std::chrono::duration<double>(raw.drain_s));
  options.sample_percent = raw.sample_percent;
  options.memory = std::size_t{raw.memory_mb} << 20;
  options.wait_for_answers = !raw.no_wait;
  options.summary_json = raw.summary_json;
  return options;
}

bool Exists(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0;
}

/// Tells files and interfaces apart: whatever exists as a file, or looks like a path, is a file.
std::optional<OptionsExit> CheckInput(const CLI::App& app, const Raw& raw, Options& options) {
  const bool given = app.count("--input") > 0;
  if (int{given} + int{app.count("--pcap-file") > 0} + int{app.count("--interface") > 0} > 1) {
    return Bad("-i", "more than one input is given", "one of -i, --pcap-file and --interface")
        .value();
  }
  const bool looks_like_path = raw.input == "-" || raw.input.find('/') != std::string::npos ||
                               raw.input.ends_with(".pcap") || raw.input.ends_with(".pcapng") ||
                               Exists(raw.input);
  options.file = app.count("--pcap-file") > 0 ? raw.file : looks_like_path ? raw.input : "";
  const std::string form = "an existing capture file, or network interfaces, comma separated";
  if (app.count("--pcap-file") > 0 && raw.file.empty()) {
    return Bad("--pcap-file", "is empty", form).value();
  }
  if (options.IsFile()) {
    if (options.file != "-" && !Exists(options.file)) {
      return Bad("-i", fmt::format("no file '{}'", options.file), form).value();
    }
    return std::nullopt;
  }
  const std::string& list = given ? raw.input : raw.interfaces;
  if (!given && app.count("--interface") == 0) return std::nullopt;
  options.interfaces = CLI::detail::split(list, ',');
  for (const std::string& name : options.interfaces) {
    if (name.empty()) return Bad("-i", "an interface name is empty", form).value();
  }
  return std::nullopt;
}

std::optional<OptionsExit> CheckFileOnly(const CLI::App& app, const Options& options) {
  if (options.IsFile()) return std::nullopt;
  for (const char* name : {"--speed", "--longest-gap"}) {
    if (app.count(name) == 0) continue;
    return Bad(name, "is for capture files only", "together with -i FILE").value();
  }
  return std::nullopt;
}

}  // namespace

Result<Options, OptionsExit> ParseOptions(int argc, const char* const* argv) {
  CLI::App app{"Copies live TCP traffic, or replays a capture of it, to a test server.", "tcpcopy"};
  Raw raw;
  DeclareWhat(app, raw);
  DeclareHow(app, raw);
  DeclareLimits(app, raw);
  DeclareOutput(app, raw);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Err(OptionsExit{0, app.help()});
  } catch (const CLI::CallForVersion&) {
    return Err(OptionsExit{0, fmt::format("tcpcopy {}", kVersion)});
  } catch (const CLI::ParseError& error) {
    std::string text = error.what();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return Err(OptionsExit{2, fmt::format("tcpcopy: {}; see tcpcopy --help", text)});
  }
  auto options = Check(raw);
  if (!options) return options;
  if (auto bad = CheckInput(app, raw, *options)) return Err(*bad);
  if (auto bad = CheckFileOnly(app, *options)) return Err(*bad);
  return options;
}

}  // namespace tcpcopy
