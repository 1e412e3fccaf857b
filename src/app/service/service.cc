#include "src/app/service/service.h"

#include <utility>

#include "src/app/console.h"

namespace tcpcopy {

OptionGroup ServiceOptionGroup(ServiceOptions& options) {
  OptionGroup group{"Running it",
                    {{"-l,--log-file", "FILE", "a file that can be written", "/var/log/tcpcopy.log",
                      "what would be printed goes to the end of this file; SIGHUP opens it anew",
                      [&options](const std::string& text) -> Result<void, std::string> {
                        options.log_file = text;
                        return {};
                      }},
                     {"-P,--pid-file", "FILE", "a file that can be written", "/run/tcpcopy.pid",
                      "holds the process's number while it runs",
                      [&options](const std::string& text) -> Result<void, std::string> {
                        options.pid_file = text;
                        return {};
                      }}},
                    {{"-d,--daemon", "run in the background, once everything is ready",
                      [&options] { options.background = true; }}}};
  for (ValueOption& option : LogOptionList(options.log)) {
    group.options.push_back(std::move(option));
  }
  return group;
}

Result<Service, std::string> Service::Begin(const ServiceOptions& options) {
  SetLogOptions(options.log);
  Service service;
  if (!options.log_file.empty()) {
    auto log_file = LogFile::Open(options.log_file);
    if (!log_file) return Err("-l: " + log_file.error().message);
    service.log_file_ = std::move(*log_file);
  }
  if (options.background) {
    auto background = Background::Begin();
    if (!background) return Err("-d: " + background.error().message);
    service.background_ = std::move(*background);
  }
  if (!options.pid_file.empty()) {  // the number of the process in the background
    auto pid_file = PidFile::Create(options.pid_file);
    if (!pid_file) return Err("-P: " + pid_file.error().message);
    service.pid_file_.emplace(std::move(*pid_file));
  }
  service.manager_ = ServiceManager::FromEnvironment();
  service.unwatched_ = options.background || service.log_file_ ||
                       options.log.format == LogFormat::kJson || service.manager_.present();
  return service;
}

void Service::Ready() {
  if (background_) background_->Ready();
  if (log_file_) log_file_->Take();
  manager_.Ready("ready");
}

void Service::OnHangup() {
  if (!log_file_) return;
  if (auto done = log_file_->Reopen(); !done) LogError("-l: " + done.error().message);
}

void Service::OnStopping() { manager_.Stopping("stopping"); }

}  // namespace tcpcopy
