#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "netstack/base/result.h"
#include "netstack/base/time.h"
#include "netstack/wire/transport.h"
#include "src/app/doctor/doctor_options.h"
#include "src/app/options/channel_options.h"
#include "src/app/options/client_addresses.h"
#include "src/app/options/command_line.h"
#include "src/app/options/link_layer_options.h"
#include "src/app/options/load_options.h"
#include "src/app/service/service.h"
#include "src/replay/target_map.h"

namespace tcpcopy {

/// The command line, checked. Times are spans, sizes are bytes.
struct Options {
  TargetMap targets;                             // -x
  Transport transport = Transport::kTcp;         // --udp
  std::vector<std::string> files;                // -i of files, --pcap-file; "-": standard input
  std::vector<std::string> interfaces;           // -i otherwise, --interface; empty: all
  ClientAddresses clients;                       // -c; left open: keep with -s, else self
  double speed = 1.0;                            // -a; 0: max
  std::optional<Duration> longest_gap;           // -I
  std::uint64_t rounds = 1;                      // -T; 0: until stopped
  std::string filter;                            // -F
  std::size_t capture_buffer = 16U << 20;        // -B
  int snaplen = 262'144;                         // -S
  std::uint16_t mtu = 1500;                      // -M
  std::uint16_t mss = 1460;                      // -D
  Duration first_rto = std::chrono::seconds(1);  // -R
  Duration answer_timeout = std::chrono::seconds(600);  // -t; of datagrams 5 s
  Duration idle_timeout = std::chrono::seconds(7200);   // -k; of datagrams 30 s
  Duration drain_timeout = std::chrono::seconds(5);     // --drain
  unsigned sample_percent = 100;                        // -r
  bool adopt_midstream = false;                         // --midstream
  std::size_t memory = 512U << 20;                      // -m
  bool exit_without_memory = false;                     // --memory-action=exit
  std::optional<IpAddress> instead_of_localhost;        // -H
  bool wait_for_answers = true;                         // -W turns it off
  bool faithful_acks = false;                           // --faithful-acks
  LoadOptions load;                                     // -n, -f, -g and what limits it
  ChannelOptions channels;                              // -s and what belongs to it
  LinkLayerOptions link_layer;                          // -o and what belongs to it
  bool dry_run = false;                                 // --dry-run
  DoctorOptions doctor;                                 // --doctor and what belongs to it
  unsigned workers = 0;                                 // --workers; 0: as many as suit
  std::string summary_json;                             // --summary-json
  std::vector<std::string> summaries;                   // --add-summaries: instead of a run
  ServiceOptions service;                               // -d, -l, -P

  bool IsFile() const { return !files.empty(); }
};

/// All options of tcpcopy, which fill `options`; it must outlive the result.
CommandLine OptionTables(Options& options);

/// Reads the command line. A bad option gives one line that names it and the accepted form.
Result<Options, OptionsExit> ParseOptions(int argc, const char* const* argv);

}  // namespace tcpcopy
