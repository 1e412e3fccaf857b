#pragma once

#include <string>

#include "netstack/wire/transport.h"
#include "src/replay/port_class.h"
#include "src/replay/target_map.h"

namespace tcpcopy {

// With many mappings these let more through than is meant: anything to, or from, a range of ports.

/// pcap filter of what clients send to the sources of `targets`, joined with `extra` (-F) when that
/// is not empty. Of datagrams in pieces it lets the later ones in, too, whatever ports they are for
/// (only the first one tells) and whatever `extra` says of ports. `clients`: only what those whose
/// port is of the class send; of datagrams all pieces.
std::string ClientFilter(const TargetMap& targets, const std::string& extra,
                         Transport transport = Transport::kTcp, const PortClass& clients = {});

/// pcap filter of what the targets of `targets` send, and of what routers tell of packets that were
/// too big on the way there (of any packets: whose they are stands where a filter hardly gets);
/// with UDP also of packets that did not get there at all. Of a reply in pieces it selects the
/// first one. `replayed`: only what is sent to ports of the class, and all first pieces.
std::string ReplyFilter(const TargetMap& targets, Transport transport = Transport::kTcp,
                        const PortClass& replayed = {});

}  // namespace tcpcopy
