#include "src/io/intercept/classic_codec.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>

#include "netstack/wire/packet_view.h"
#include "tests/io/intercept/hex.h"

namespace tcpcopy {
namespace {

using testing::FromHex;
using testing::ToHex;

Endpoint At(const char* address, std::uint16_t port) { return {*IpAddress::Parse(address), port}; }

struct Said {
  ClassicMessage message;
  const char* bytes;
};

// client address, client port, type, target address, target port.
const Said kMessages[] = {
    {{ClassicMessage::kVersion, {}}, "00000000 0000 0006 00000000 0000"},
    {{ClassicMessage::kAdd, {At("10.0.0.1", 4000), At("192.168.1.2", 80)}},
     "0a000001 0fa0 0001 c0a80102 0050"},
    {{ClassicMessage::kDelete, {At("255.255.255.255", 65535), At("1.2.3.4", 8080)}},
     "ffffffff ffff 0002 01020304 1f90"},
    {{77, {At("10.0.0.1", 1), At("10.0.0.2", 2)}}, "0a000001 0001 004d 0a000002 0002"},
};

BOOST_AUTO_TEST_CASE(MessagesByteByByte) {
  for (const Said& each : kMessages) {
    const auto bytes = FromHex(each.bytes);
    BOOST_TEST(bytes.size() == 14U);
    BOOST_TEST(ToHex(each.message.Encode()) == ToHex(bytes));
    BOOST_TEST((ClassicMessage::Decode(bytes) == each.message), each.bytes);
  }
}

constexpr std::string_view kZeros24 = "000000000000000000000000000000000000000000000000";

struct Sent {
  const char* what;
  std::string packet;  // as captured
  std::string record;  // as sent
};

// IP: version and length, total length, TTL, protocol, addresses. TCP: ports, seq, ack, length,
// flags, window.
const Sent kSent[] = {
    {"an acknowledgment",
     "45000028 00010000 40060000 0a000002 0a000001  00500fa0 00000001 00000002 50100100 00000000",
     "45000028 00010000 40060000 0a000002 0a000001  00500fa0 00000001 00000002 50100100 00000000"
     "000000000000000000000000000000000000000000000000"},
    {"a SYN, ACK with the options of Linux",
     "4500003c 00004000 40060000 0a000002 0a000001  00500fa0 00000001 00000002 a0127120 00000000"
     "020405b4 0402080a 00000001 00000002 01030307",
     "4500003c 00004000 40060000 0a000002 0a000001  00500fa0 00000001 00000002 a0127120 00000000"
     "020405b4 0402080a 00000001 00000002 01030307 00000000"},
    {"payload is told by the total length alone",
     "4500002c 00010000 40060000 0a000002 0a000001  00500fa0 00000001 00000002 50180100 00000000"
     "61626364",
     "4500002c 00010000 40060000 0a000002 0a000001  00500fa0 00000001 00000002 50180100 00000000"
     "000000000000000000000000000000000000000000000000"},
    {"IP options are left out",
     "46000030 00010000 40060000 0a000002 0a000001 94040000  00500fa0 00000001 00000002 50180100 "
     "00000000 61626364",
     "4500002c 00010000 40060000 0a000002 0a000001  00500fa0 00000001 00000002 50180100 00000000"
     "000000000000000000000000000000000000000000000000"},
    {"timestamps and three SACK blocks: one block fits",
     "45000054 00010000 40060000 0a000002 0a000001  00500fa0 00000001 00000002 f0100100 00000000"
     "0101080a 00000001 00000002 0101051a 00000010 00000020 00000030 00000040 00000050 00000060"
     "61626364 65666768",
     "45000044 00010000 40060000 0a000002 0a000001  00500fa0 00000001 00000002 b0100100 00000000"
     "0101080a 00000001 00000002 0101050a 00000010 00000020"},
    {"an option that does not fit is left out",
     "4500004c 00010000 40060000 0a000002 0a000001  00500fa0 00000001 00000002 d0100100 00000000"
     "080a0000 00010000 0002fd16 00000000 00000000 00000000 00000000 00000000 61626364",
     "45000038 00010000 40060000 0a000002 0a000001  00500fa0 00000001 00000002 80100100 00000000"
     "080a0000 00010000 00020000 000000000000000000000000"},
    {"options that the capture cut",
     "45000034 00010000 40060000 0a000002 0a000001  00500fa0 00000001 00000002 80100100 00000000"
     "0101080a 0000",
     "45000028 00010000 40060000 0a000002 0a000001  00500fa0 00000001 00000002 50100100 00000000"
     "000000000000000000000000000000000000000000000000"},
};

std::string Record(ConstBytes packet, std::size_t wire_length) {
  std::vector<std::uint8_t> record(kClassicRecordBytes, 0xee);
  return WriteClassicRecord(packet, wire_length, record) ? ToHex(record) : "none";
}

BOOST_AUTO_TEST_CASE(RecordsByteByByte) {
  for (const Sent& each : kSent) {
    const auto packet = FromHex(each.packet);
    const auto record = FromHex(each.record);
    BOOST_TEST(record.size() == 64U, each.what);
    BOOST_TEST(Record(packet, packet.size()) == ToHex(record), each.what);
    // What is in a record that agrees with itself comes out as it is.
    const auto reply = ReadClassicRecord(record);
    BOOST_REQUIRE(reply.has_value());
    BOOST_TEST(ToHex(reply->bytes) == ToHex(record), each.what);
  }
}

BOOST_AUTO_TEST_CASE(ThePayloadKeepsItsLength) {
  for (const Sent& each : kSent) {
    const auto packet = FromHex(each.packet);
    const auto reply = ReadClassicRecord(FromHex(each.record));
    const auto view = ParsePacket(LinkType::kRawIp, reply->packet(), reply->wire_length);
    BOOST_REQUIRE_MESSAGE(view.has_value(), each.what);
    const std::size_t headers = std::size_t{packet[0]} % 16 * 4 +
                                std::size_t{packet[std::size_t{packet[0]} % 16 * 4 + 12]} / 16 * 4;
    BOOST_TEST(view->segment.payload_length == LoadBe16(&packet[2]) - headers, each.what);
    BOOST_TEST(view->segment.payload.empty(), each.what);
    BOOST_TEST(view->flow.local.ToString() == "10.0.0.2:80");
  }
}

BOOST_AUTO_TEST_CASE(ATotalLengthOfZeroIsThatOnTheWire) {
  auto packet = FromHex(kSent[0].packet);
  StoreBe16(&packet[2], 0);
  BOOST_TEST(Record(packet, 3000).substr(0, 8) == "45000bb8");
  BOOST_TEST(Record(packet, 100'000).substr(0, 8) == "4500ffff");
}

BOOST_AUTO_TEST_CASE(WhatIsNoTcpInIpv4HasNoRecord) {
  const auto good = FromHex(kSent[0].packet);
  for (std::size_t length = 0; length < good.size(); ++length) {
    BOOST_TEST(Record(ConstBytes(good).first(length), 1500) == "none");
  }
  const auto with = [&](std::size_t at, std::uint8_t value) {
    auto packet = good;
    packet[at] = value;
    return Record(packet, packet.size());
  };
  BOOST_TEST(with(0, 0x65) == "none");   // IPv6
  BOOST_TEST(with(0, 0x44) == "none");   // IP header too short
  BOOST_TEST(with(0, 0x4f) == "none");   // IP header too long
  BOOST_TEST(with(9, 17) == "none");     // UDP
  BOOST_TEST(with(32, 0x40) == "none");  // TCP header too short
  BOOST_TEST(with(32, 0xf0) == "none");  // TCP header longer than the packet
  BOOST_TEST(with(3, 39) == "none");     // total length too short
  BOOST_TEST(with(6, 0x20) == "none");   // more fragments
  BOOST_TEST(with(7, 1) == "none");      // a later fragment
}

// TCPCopy's intercept cuts options and leaves the lengths as they were.
BOOST_AUTO_TEST_CASE(LengthsOfCutOptionsArePutRight) {
  const auto record = FromHex(
      "46000058 00010000 40060000 0a000002 0a000001  00500fa0 00000001 00000002 f0100100 00000000"
      "0101080a 00000001 00000002 0101051a 00000010 00000020");
  const auto reply = ReadClassicRecord(record);
  BOOST_REQUIRE(reply.has_value());
  BOOST_TEST(reply->wire_length == 0x58U - 4 - 16);
  const auto view = ParsePacket(LinkType::kRawIp, reply->packet(), reply->wire_length);
  BOOST_REQUIRE(view.has_value());
  BOOST_TEST(view->segment.payload_length == 4U);
  BOOST_TEST(view->segment.options.sack_count == 1U);
}

BOOST_AUTO_TEST_CASE(RecordsThatMakeNoSenseAreNone) {
  const auto good = FromHex(kSent[0].record);
  const auto with = [&](std::size_t at, std::uint8_t value) {
    auto record = good;
    record[at] = value;
    return ReadClassicRecord(record).has_value();
  };
  BOOST_TEST(with(1, 0x10));  // type of service: of no matter
  BOOST_TEST(!with(0, 0x65));
  BOOST_TEST(!with(0, 0x44));
  BOOST_TEST(!with(9, 17));
  BOOST_TEST(!with(32, 0x40));
  BOOST_TEST(!with(3, 39));
}

std::vector<std::uint8_t> Stream(std::initializer_list<int> counts) {
  std::vector<std::uint8_t> stream;
  std::uint8_t number = 0;
  for (const int count : counts) {
    stream.insert(stream.end(), {0, static_cast<std::uint8_t>(count)});
    for (int i = 0; i < count; ++i) {
      auto record = FromHex(kSent[0].record);
      record[8] = ++number;
      stream.insert(stream.end(), record.begin(), record.end());
    }
  }
  return stream;
}

/// The numbers of the records; "!" when the reading ended.
std::string Read(ClassicReader& reader) {
  std::string seen;
  while (true) {
    const auto next = reader.Next();
    if (!next) return seen + "!";
    if (!*next) return seen;
    seen += std::to_string((**next)[8]) + " ";
  }
}

BOOST_AUTO_TEST_CASE(CountedRecordsHoweverTheyAreCut) {
  const auto stream = Stream({1, 3, 2});
  for (std::size_t piece = 1; piece < 150; ++piece) {
    ClassicReader reader;
    std::string seen;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      reader.Feed(ConstBytes(stream).subspan(at, std::min(piece, stream.size() - at)));
      seen += Read(reader);
    }
    BOOST_TEST(seen == "1 2 3 4 5 6 ");
    BOOST_TEST(reader.messages() == 3U);
  }
}

BOOST_AUTO_TEST_CASE(SixteenAreTheMost) {
  ClassicReader sixteen;
  sixteen.Feed(Stream({16}));
  BOOST_TEST(Read(sixteen).ends_with("15 16 "));
  ClassicReader more;
  more.Feed(Stream({17}));
  BOOST_TEST(Read(more) == "!");
}

BOOST_AUTO_TEST_CASE(RecordsWithoutACount) {
  ClassicReader reader;
  auto stream = FromHex(kSent[0].record);
  stream[8] = 7;
  const auto one = stream;
  stream.insert(stream.end(), one.begin(), one.end());
  reader.Feed(ConstBytes(stream).first(100));
  BOOST_TEST(Read(reader) == "7 ");
  reader.Feed(ConstBytes(stream).subspan(100));
  BOOST_TEST(Read(reader) == "7 ");
}

BOOST_AUTO_TEST_CASE(OurOwnProtocolIsKnown) {
  ClassicReader reader;
  reader.Feed(FromHex("00000030 03 04"));  // a refusal
  const auto next = reader.Next();
  BOOST_REQUIRE(!next.has_value());
  BOOST_TEST((next.error() == ClassicError::kOwnProtocol));
  ClassicReader other;
  other.Feed(FromHex("ffff"));
  BOOST_TEST((other.Next().error() == ClassicError::kBadCount));
}

}  // namespace
}  // namespace tcpcopy
