#pragma once

#include <optional>
#include <string>

#include "netstack/base/result.h"
#include "src/app/command_line.h"
#include "src/app/service/background.h"
#include "src/app/service/log_file.h"
#include "src/app/service/pid_file.h"

namespace tcpcopy {

/// How the program runs beside others.
struct ServiceOptions {
  bool background = false;  // -d
  std::string log_file;     // -l
  std::string pid_file;     // -P

  /// Nobody looks at a terminal while it runs.
  bool Unwatched() const { return background || !log_file.empty(); }
};

/// The options that fill `options`, which must outlive the parsing.
OptionGroup ServiceOptionGroup(ServiceOptions& options);

/// The program as a service: in the background, with a log file and a pid file, as it was asked
/// for.
class Service {
 public:
  /// To be called before anything is taken from the kernel: it may fork. The error is one line that
  /// begins with the option at fault.
  static Result<Service, std::string> Begin(const ServiceOptions& options);

  /// Everything is there. Until now errors went to the terminal.
  void Ready();
  /// SIGHUP: the log file may have been moved away.
  void OnHangup();

 private:
  Service() = default;

  std::optional<Background> background_;
  std::optional<PidFile> pid_file_;
  std::optional<LogFile> log_file_;
};

}  // namespace tcpcopy
