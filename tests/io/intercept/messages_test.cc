#include "src/io/intercept/messages.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/io/intercept/hex.h"

namespace tcpcopy {
namespace {

using testing::FromHex;
using testing::ToHex;

Endpoint At(const char* address, std::uint16_t port) { return {*IpAddress::Parse(address), port}; }

Hello SomeHello() {
  Hello hello;
  hello.oldest_version = 1;
  hello.newest_version = 0x0203;
  hello.role = Role::kListener;
  hello.has_secret = true;
  hello.payload_bytes = 0x04050607;
  for (std::size_t i = 0; i < hello.nonce.size(); ++i) {
    hello.nonce[i] = static_cast<std::uint8_t>(0xa0 + i);
  }
  hello.program = "tcpcopy 2";
  return hello;
}

constexpr const char* kSomeHello =
    "746370636f707932 0001 0203 02 01 04050607"
    "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
    "09 746370636f70792032";

BOOST_AUTO_TEST_CASE(HelloByteByByte) {
  const auto bytes = FromHex(kSomeHello);
  BOOST_TEST(ToHex(SomeHello().Encode()) == ToHex(bytes));
  BOOST_TEST((Hello::Decode(bytes) == SomeHello()));
}

BOOST_AUTO_TEST_CASE(ALaterVersionMayAddToIt) {
  auto bytes = FromHex(kSomeHello);
  bytes.insert(bytes.end(), {1, 2, 3});
  BOOST_TEST((Hello::Decode(bytes) == SomeHello()));
}

template <typename Decode>
void RefusesEveryPieceOf(const std::vector<std::uint8_t>& bytes, Decode decode) {
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    BOOST_TEST(!decode(ConstBytes(bytes).first(length)).has_value(), length);
  }
}

BOOST_AUTO_TEST_CASE(AHelloThatIsNoneIsRefused) {
  RefusesEveryPieceOf(FromHex(kSomeHello), Hello::Decode);
  for (const std::size_t wrong : {0U, 7U, 12U}) {  // magic, magic, role
    auto bytes = FromHex(kSomeHello);
    bytes[wrong] ^= 0x40;
    BOOST_TEST(!Hello::Decode(bytes).has_value());
  }
}

BOOST_AUTO_TEST_CASE(ALongNameIsCut) {
  Hello hello = SomeHello();
  hello.program = std::string(1000, 'x');
  BOOST_TEST(Hello::Decode(hello.Encode())->program == std::string(255, 'x'));
}

struct Versions {
  std::uint16_t a_oldest, a_newest, b_oldest, b_newest;
  int common;  // 0: none
};

constexpr Versions kVersions[] = {
    {1, 1, 1, 1, 1}, {1, 3, 2, 5, 3}, {2, 5, 1, 3, 3}, {1, 2, 2, 9, 2},
    {1, 1, 2, 3, 0}, {2, 3, 1, 1, 0}, {3, 1, 1, 3, 0},
};

BOOST_AUTO_TEST_CASE(TheNewestThatBothSpeak) {
  for (const Versions& each : kVersions) {
    Hello a, b;
    a.oldest_version = each.a_oldest;
    a.newest_version = each.a_newest;
    b.oldest_version = each.b_oldest;
    b.newest_version = each.b_newest;
    BOOST_TEST(a.CommonVersion(b).value_or(0) == each.common);
  }
}

BOOST_AUTO_TEST_CASE(RefusalByteByByte) {
  const Refusal refusal{RefuseCode::kWrongSecret, "no"};
  BOOST_TEST(ToHex(refusal.Encode()) == "056e6f");
  BOOST_TEST((Refusal::Decode(refusal.Encode()) == refusal));
  BOOST_TEST(!Refusal::Decode({}).has_value());
  BOOST_TEST(Refusal::Decode(FromHex("05"))->text.empty());
}

BOOST_AUTO_TEST_CASE(WhatAPeerSaysFitsOneLine) {
  BOOST_TEST(Refusal::Decode(FromHex("01 61 0a 1b 7f c3 62"))->text == "a????b");
  const Refusal loud{RefuseCode::kFull, std::string(5000, 'a')};
  BOOST_TEST(loud.Encode().size() == 401U);
  BOOST_TEST(Printable("abc\ndef", 5) == "abc?d");
}

BOOST_AUTO_TEST_CASE(HeartbeatByteByByte) {
  const Heartbeat heartbeat{1, 2, 0x0102030405060708, 4};
  const auto bytes = FromHex("0000000000000001 0000000000000002 0102030405060708 0000000000000004");
  BOOST_TEST(ToHex(heartbeat.Encode()) == ToHex(bytes));
  BOOST_TEST((Heartbeat::Decode(bytes) == heartbeat));
  RefusesEveryPieceOf(bytes, Heartbeat::Decode);
}

BOOST_AUTO_TEST_CASE(TargetsByteByByte) {
  const std::vector<Endpoint> targets = {At("10.0.0.2", 8080), At("2001:db8::1", 443)};
  const auto bytes = FromHex("04 0a000002 1f90 06 20010db8000000000000000000000001 01bb");
  BOOST_TEST(ToHex(EncodeTargets(targets)) == ToHex(bytes));
  BOOST_TEST((DecodeTargets(bytes) == targets));
  BOOST_TEST(DecodeTargets({})->empty());
  for (std::size_t length = 1; length < bytes.size(); ++length) {
    if (length != 7) BOOST_TEST(!DecodeTargets(ConstBytes(bytes).first(length)).has_value());
  }
  BOOST_TEST(!DecodeTargets(FromHex("05 0a000002 1f90")).has_value());
}

BOOST_AUTO_TEST_CASE(FlowsByteByByte) {
  const FlowKey v4{At("10.0.0.1", 4000), At("10.0.0.2", 80)};
  const FlowKey v6{At("2001:db8::1", 4000), At("2001:db8::2", 80)};
  std::vector<std::uint8_t> bytes(FlowBytes(v4) + FlowBytes(v6));
  WriteFlow(v4, MutableBytes(bytes).first(FlowBytes(v4)));
  WriteFlow(v6, MutableBytes(bytes).last(FlowBytes(v6)));
  BOOST_TEST(ToHex(bytes) ==
             "040a0000010fa00a0000020050"
             "0620010db80000000000000000000000010fa020010db80000000000000000000000020050");
  ConstBytes rest = bytes;
  BOOST_TEST((TakeFlow(rest) == v4));
  BOOST_TEST((TakeFlow(rest) == v6));
  BOOST_TEST(rest.empty());
  for (std::size_t length = 0; length < FlowBytes(v6); ++length) {
    ConstBytes cut = ConstBytes(bytes).subspan(FlowBytes(v4), length);
    BOOST_TEST(!TakeFlow(cut).has_value());
    BOOST_TEST(cut.size() == length);
  }
  bytes[0] = 7;
  ConstBytes unknown = bytes;
  BOOST_TEST(!TakeFlow(unknown).has_value());
}

BOOST_AUTO_TEST_CASE(RepliesByteByByte) {
  const auto packet = FromHex("450102");
  std::vector<std::uint8_t> bytes(kReplyHeaderBytes + 3);
  WriteReply({packet, 1500}, bytes);
  BOOST_TEST(ToHex(bytes) == "000005dc00000003450102");
  ConstBytes rest = bytes;
  const auto reply = TakeReply(rest);
  BOOST_REQUIRE(reply.has_value());
  BOOST_TEST(ToHex(reply->packet) == "450102");
  BOOST_TEST(reply->wire_length == 1500U);
  BOOST_TEST(rest.empty());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    ConstBytes cut = ConstBytes(bytes).first(length);
    BOOST_TEST(!TakeReply(cut).has_value());
  }
}

BOOST_AUTO_TEST_CASE(AReplyIsNotLongerThanItWasOnTheWire) {
  for (const char* const bad : {"00000002 00000003 450102", "000005dc ffffffff 450102"}) {
    const auto bytes = FromHex(bad);
    ConstBytes rest = bytes;
    BOOST_TEST(!TakeReply(rest).has_value());
  }
}

}  // namespace
}  // namespace tcpcopy
