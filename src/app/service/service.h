#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "netstack/base/result.h"
#include "netstack/base/time.h"
#include "src/app/log/log_options.h"
#include "src/app/options/command_line.h"
#include "src/app/service/background.h"
#include "src/app/service/log_file.h"
#include "src/app/service/pid_file.h"
#include "src/app/service/service_manager.h"

namespace tcpcopy {

/// How the program runs beside others.
struct ServiceOptions {
  bool background = false;    // -d
  std::string log_file = {};  // -l
  std::string pid_file = {};  // -P
  LogOptions log = {};        // --log-level, --log-format
};

/// The options that fill `options`, which must outlive the parsing.
OptionGroup ServiceOptionGroup(ServiceOptions& options);

/// The program as a service: in the background, with a log file and a pid file, as it was asked
/// for, and watched by a service manager, if one has started it.
class Service {
 public:
  /// To be called before anything is taken from the kernel: it may fork. The error is one line that
  /// begins with the option at fault.
  static Result<Service, std::string> Begin(const ServiceOptions& options);

  /// No service: at a terminal, with nobody to tell of anything.
  Service() = default;

  /// Nobody looks at a terminal while it runs: what people want to see now and then belongs into
  /// the log.
  bool unwatched() const { return unwatched_; }

  /// Everything is there. Until now errors went to the terminal.
  void Ready();
  /// SIGHUP: the log file may have been moved away.
  void OnHangup();
  /// It is about to end, and lets its work end first.
  void OnStopping();
  /// How it is doing, one line, for whoever asks the service manager.
  void OnStatus(std::string_view line) { manager_.Status(line); }
  /// To be called each second while the event loop turns.
  void OnSecond(Instant now) { manager_.OnSecond(now); }

 private:
  bool unwatched_ = false;
  ServiceManager manager_;
  std::optional<Background> background_;
  std::optional<PidFile> pid_file_;
  std::unique_ptr<LogFile> log_file_;
};

}  // namespace tcpcopy
