#pragma once

#include <string>

#include "src/intercept/reply_relay.h"
#include "src/io/intercept/reply_listener.h"
#include "src/io/packet_source.h"

namespace tcpcopy {

/// What intercept knows about its work.
struct InterceptReport {
  std::size_t peers = 0;   // connections of tcpcopys
  std::size_t routes = 0;  // sessions whose replies are wanted
  ReplyRelay::Stats relay;
  RouteTable::Stats route_changes;
  CaptureStats capture;
  ReplyListener::Stats channel;

  /// One line for the log, without its end.
  std::string Line() const;
  /// All of it, a line each.
  std::string Table() const;
  /// All of it for programs: a JSON object, one line without an end.
  std::string Fields() const;
};

}  // namespace tcpcopy
