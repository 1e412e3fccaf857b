#include "src/io/intercept/own_end.h"

#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "src/io/intercept/refusals.h"
#include "tests/io/intercept/hex.h"
#include "tests/io/intercept/recording_events.h"

namespace tcpcopy {
namespace {

using testing::FrameOf;
using testing::FromHex;
using testing::Hear;
using testing::RefusalIn;
using testing::Take;
using testing::ToHex;

Hello HelloOf(Role role, bool has_secret, std::uint8_t nonce) {
  Hello hello;
  hello.role = role;
  hello.has_secret = has_secret;
  hello.nonce = {nonce};
  hello.program = "other";
  return hello;
}

/// An end that says hello at once, proves as soon as it can, and notes what it hears.
class PlainEnd final : private OwnEnd {
 public:
  PlainEnd(OutBuffer& out, const Secret& secret, const Hello& hello)
      : OwnEnd(out, secret, hello), role_(hello.role) {
    SayHello();
  }
  Result<void, std::string> OnBytes(ConstBytes bytes) { return TakeIn(bytes); }
  void Beat() { SayHeartbeat({1, 2, 3, 4}); }

  std::string log;

 private:
  Outcome OnHello() override {
    log += "hello " + theirs().program + " ";
    if (!has_secret()) return OnProved();
    if (role_ == Role::kConnector) SayProof();
    return {};
  }
  Outcome OnProved() override {
    log += "up ";
    if (has_secret() && role_ == Role::kListener) SayProof();
    GoUp();
    return {};
  }
  Outcome OnMessage(const ReceivedFrame& frame) override {
    log += "message " + ToHex(frame.body) + " ";
    return {};
  }
  void OnHeartbeat(const Heartbeat& heartbeat) override {
    log += "beat " + std::to_string(heartbeat.sent) + " ";
  }
  std::string RefusedText(const std::optional<Refusal>& refusal) override {
    return refusal ? "refused: " + refusal->text : "refused";
  }

  const Role role_;
};

/// One end; the test plays the other one.
struct Fixture {
  explicit Fixture(Role role) : ours(role) {}

  void Begin(const char* with_secret = "", std::uint8_t nonce = 1) {
    secret = Secret(with_secret);
    out = std::make_unique<OutBuffer>(1000);
    end = std::make_unique<PlainEnd>(*out, secret, HelloOf(ours, !secret.empty(), nonce));
    const auto frame = Take(*out);
    our_hello = {frame.begin() + kFrameHeaderBytes, frame.end()};
  }
  /// Up to where the other side has to prove what it knows.
  void Greet() {
    Begin("sesame");
    BOOST_TEST(HearFrame(FrameType::kHello, TheirHello(true)).empty());
    Take(*out);
    end->log.clear();
  }
  /// Each message, said when `begin` has led there, ends the connection; `expected` is not said.
  void RefusesAllBut(FrameType expected, const std::function<void()>& begin) {
    for (const FrameType type :
         {FrameType::kHello, FrameType::kProof, FrameType::kReplies, FrameType::kAnnounce,
          FrameType::kHeartbeat, static_cast<FrameType>(77)}) {
      if (type == expected) continue;
      begin();
      BOOST_TEST(HearFrame(type, Heartbeat{1, 2, 3, 4}.Encode()) == kBrokenText);
      BOOST_TEST(end->log.empty());
    }
  }
  Role Theirs() const { return ours == Role::kConnector ? Role::kListener : Role::kConnector; }
  std::vector<std::uint8_t> TheirHello(bool has_secret) const {
    return HelloOf(Theirs(), has_secret, 9).Encode();
  }
  Proof ProofBy(Role prover, const char* with_secret = "sesame") const {
    const auto their_hello = TheirHello(true);
    return ours == Role::kConnector
               ? MakeProof(Secret(with_secret), prover, our_hello, their_hello)
               : MakeProof(Secret(with_secret), prover, their_hello, our_hello);
  }
  std::string HearFrame(FrameType type, ConstBytes body) { return Hear(*end, FrameOf(type, body)); }

  const Role ours;
  Secret secret;
  std::unique_ptr<OutBuffer> out;
  std::unique_ptr<PlainEnd> end;
  std::vector<std::uint8_t> our_hello;
};

void OfBothEnds(const std::function<void(Fixture&)>& test) {
  for (const Role role : {Role::kConnector, Role::kListener}) {
    BOOST_TEST_CONTEXT((role == Role::kConnector ? "connector" : "listener")) {
      Fixture fixture(role);
      test(fixture);
    }
  }
}

BOOST_AUTO_TEST_CASE(WithoutASecretAHelloIsEnough) {
  OfBothEnds([](Fixture& f) {
    f.Begin();
    BOOST_TEST(f.HearFrame(FrameType::kHello, f.TheirHello(false)).empty());
    BOOST_TEST(f.end->log == "hello other up ");
  });
}

BOOST_AUTO_TEST_CASE(WithASecretTheRightProofIsNeeded) {
  OfBothEnds([](Fixture& f) {
    f.Greet();
    BOOST_TEST(f.end->log.empty());
    BOOST_TEST(f.HearFrame(FrameType::kProof, f.ProofBy(f.Theirs())).empty());
    BOOST_TEST(f.end->log == "up ");
  });
}

BOOST_AUTO_TEST_CASE(AWrongProofIsRefused) {
  OfBothEnds([](Fixture& f) {
    f.Greet();
    const std::vector<Proof> wrong = {
        Proof{},
        f.ProofBy(f.ours),  // our own, played back to us
        f.ProofBy(f.Theirs(), "other"),
    };
    for (const Proof& each : wrong) {
      f.Greet();
      BOOST_TEST(f.HearFrame(FrameType::kProof, each) == kWrongSecretText);
      BOOST_TEST(RefusalIn(Take(*f.out)).starts_with("5: "));
      BOOST_TEST(f.end->log.empty());
    }
  });
}

BOOST_AUTO_TEST_CASE(AProofOfAnotherConnectionIsWorthNothing) {
  OfBothEnds([](Fixture& f) {
    f.Greet();
    const Proof of_this_one = f.ProofBy(f.Theirs());
    f.Begin("sesame", 99);
    BOOST_TEST(f.HearFrame(FrameType::kHello, f.TheirHello(true)).empty());
    BOOST_TEST(f.HearFrame(FrameType::kProof, of_this_one) == kWrongSecretText);
  });
}

BOOST_AUTO_TEST_CASE(NothingElseIsHeardBeforeTheProof) {
  OfBothEnds([](Fixture& f) { f.RefusesAllBut(FrameType::kProof, [&f] { f.Greet(); }); });
}

BOOST_AUTO_TEST_CASE(NothingElseIsHeardBeforeTheHello) {
  OfBothEnds([](Fixture& f) { f.RefusesAllBut(FrameType::kHello, [&f] { f.Begin(); }); });
}

BOOST_AUTO_TEST_CASE(AnEmptyFrameIsNoMessageAtAnyTime) {
  OfBothEnds([](Fixture& f) {
    f.Begin();
    BOOST_TEST(Hear(*f.end, FromHex("00000000")) == kBrokenText);
    f.Greet();
    BOOST_TEST(Hear(*f.end, FromHex("00000000")) == kBrokenText);
  });
}

BOOST_AUTO_TEST_CASE(BothKnowASecretOrNeitherDoes) {
  OfBothEnds([](Fixture& f) {
    f.Begin("sesame");
    BOOST_TEST(f.HearFrame(FrameType::kHello, f.TheirHello(false)) == kNoSecretText);
    BOOST_TEST(RefusalIn(Take(*f.out)).starts_with("4: "));
    f.Begin();
    BOOST_TEST(f.HearFrame(FrameType::kHello, f.TheirHello(true)) == kNoSecretText);
    BOOST_TEST(f.end->log.empty());
  });
}

BOOST_AUTO_TEST_CASE(AVersionThatIsNotSpokenIsRefused) {
  OfBothEnds([](Fixture& f) {
    f.Begin();
    Hello later = HelloOf(f.Theirs(), false, 9);
    later.oldest_version = 2;
    later.newest_version = 9;
    const std::string why =
        f.ours == Role::kConnector
            ? "tcpcopy speaks versions 1 to 1 of the protocol, intercept 2 to 9"
            : "tcpcopy speaks versions 2 to 9 of the protocol, intercept 1 to 1";
    BOOST_TEST(f.HearFrame(FrameType::kHello, later.Encode()) == why);
    BOOST_TEST(RefusalIn(Take(*f.out)) == "1: " + why);
  });
}

BOOST_AUTO_TEST_CASE(OneOfTheSameRoleIsNotTheOtherEnd) {
  OfBothEnds([](Fixture& f) {
    f.Begin();
    BOOST_TEST(f.HearFrame(FrameType::kHello, HelloOf(f.ours, false, 9).Encode()) == kBrokenText);
  });
}

BOOST_AUTO_TEST_CASE(ARefusalEndsTheConnectionAtAnyTime) {
  OfBothEnds([](Fixture& f) {
    const auto refusal = Refusal{RefuseCode::kFull, "full"}.Encode();
    f.Begin();
    BOOST_TEST(f.HearFrame(FrameType::kRefuse, refusal) == "refused: full");
    f.Greet();
    BOOST_TEST(f.HearFrame(FrameType::kRefuse, refusal) == "refused: full");
    BOOST_TEST(f.HearFrame(FrameType::kProof, f.ProofBy(f.Theirs())).empty());
    BOOST_TEST(f.HearFrame(FrameType::kRefuse, {}) == "refused");
  });
}

BOOST_AUTO_TEST_CASE(HoweverTheBytesAreCut) {
  OfBothEnds([](Fixture& f) {
    f.Begin();
    std::vector<std::uint8_t> stream = FrameOf(FrameType::kHello, f.TheirHello(false));
    for (const auto& frame : {FrameOf(FrameType::kHeartbeat, Heartbeat{1, 2, 3, 4}.Encode()),
                              FrameOf(FrameType::kAnswer, FromHex("6869")),
                              FrameOf(static_cast<FrameType>(77), FromHex("0102"))}) {
      stream.insert(stream.end(), frame.begin(), frame.end());
    }
    for (const std::uint8_t& byte : stream) BOOST_TEST(Hear(*f.end, {&byte, 1}).empty());
    BOOST_TEST(f.end->log == "hello other up beat 1 message 6869 message 0102 ");
  });
}

BOOST_AUTO_TEST_CASE(LongFramesAreForThoseWhoAreTrusted) {
  OfBothEnds([](Fixture& f) {
    const std::vector<std::uint8_t> large(10'000, 'x');
    f.Begin();
    BOOST_TEST(f.HearFrame(FrameType::kHello, large) == kBrokenText);
    f.Greet();
    BOOST_TEST(Hear(*f.end, FromHex("00001001")) == kBrokenText);
    f.Begin();
    f.HearFrame(FrameType::kHello, f.TheirHello(false));
    BOOST_TEST(f.HearFrame(FrameType::kAnswer, large).empty());
    BOOST_TEST(Hear(*f.end, FromHex("00100001")) == kBrokenText);
    BOOST_TEST(RefusalIn(Take(*f.out)).starts_with("7: "));
  });
}

BOOST_AUTO_TEST_CASE(ABrokenHeartbeatEndsTheConnection) {
  OfBothEnds([](Fixture& f) {
    f.Begin();
    f.HearFrame(FrameType::kHello, f.TheirHello(false));
    BOOST_TEST(f.HearFrame(FrameType::kHeartbeat, FromHex("00")) == kBrokenText);
  });
}

BOOST_AUTO_TEST_CASE(BothEndsUnderstandEachOther) {
  for (const char* const with_secret : {"", "sesame"}) {
    Fixture connector(Role::kConnector);
    Fixture listener(Role::kListener);
    connector.Begin(with_secret);
    listener.Begin(with_secret, 2);
    BOOST_TEST(listener.HearFrame(FrameType::kHello, connector.our_hello).empty());
    BOOST_TEST(connector.HearFrame(FrameType::kHello, listener.our_hello).empty());
    BOOST_TEST(Hear(*listener.end, Take(*connector.out)).empty());
    BOOST_TEST(Hear(*connector.end, Take(*listener.out)).empty());
    connector.end->Beat();
    BOOST_TEST(Hear(*listener.end, Take(*connector.out)).empty());
    BOOST_TEST(connector.end->log == "hello other up ");
    BOOST_TEST(listener.end->log == "hello other up beat 1 ");
  }
}

}  // namespace
}  // namespace tcpcopy
