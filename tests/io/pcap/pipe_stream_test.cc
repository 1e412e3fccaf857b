#include "src/io/pcap/pipe_stream.h"

#include <fcntl.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>

#include "tests/io/pcap/small_pcap.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;
using testing::SmallPcap;

struct PipeBench {
  PipeBench() {
    int ends[2];
    BOOST_TEST_REQUIRE(pipe(ends) == 0);
    writer = UniqueFd(ends[1]);
    stream = std::make_unique<PipeStream>(UniqueFd(ends[0]));
    file.reset(stream->Open());
    BOOST_TEST_REQUIRE((file != nullptr));
  }

  void Write(const std::string& text) {
    BOOST_TEST_REQUIRE(write(writer.get(), text.data(), text.size()) ==
                       static_cast<ssize_t>(text.size()));
  }
  std::string Read(std::size_t count) {
    std::string text(count, '\0');
    text.resize(std::fread(text.data(), 1, count, file.get()));
    return text;
  }

  UniqueFd writer;
  std::unique_ptr<PipeStream> stream;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{nullptr, std::fclose};
};

BOOST_FIXTURE_TEST_SUITE(PipeStreamTest, PipeBench)

BOOST_AUTO_TEST_CASE(ItHoldsAPacketOnceTheLastByteHasCome) {
  const std::string capture = SmallPcap({1s, 2s});
  BOOST_TEST(!stream->Holds(1));
  for (std::size_t i = 0; i < capture.size(); ++i) {
    BOOST_TEST(stream->Holds(2) == false);
    Write(capture.substr(i, 1));
  }
  BOOST_TEST(stream->Holds(2));
  BOOST_TEST(!stream->Holds(3));
  BOOST_TEST(Read(capture.size()) == capture);
  BOOST_TEST(!stream->Holds(3));
}

BOOST_AUTO_TEST_CASE(BehindTheEndNothingIsWaitedFor) {
  const std::string capture = SmallPcap({1s});
  Write(capture + "cut");
  BOOST_TEST(stream->Holds(1));
  BOOST_TEST(!stream->Holds(2));
  writer = UniqueFd();
  BOOST_TEST(stream->Holds(2));
  BOOST_TEST(Read(1000) == capture + "cut");
  BOOST_TEST((std::feof(file.get()) != 0));
}

BOOST_AUTO_TEST_CASE(WhatIsNoCaptureIsNotWaitedFor) {
  Write("no capture");
  BOOST_TEST(stream->Holds(1));
  BOOST_TEST(Read(10) == "no capture");
}

BOOST_AUTO_TEST_CASE(AnErrorIsToldToTheReader) {
  stream = std::make_unique<PipeStream>(UniqueFd(open("/proc/self", O_RDONLY | O_CLOEXEC)));
  file.reset(stream->Open());
  BOOST_TEST(stream->Holds(1));  // a directory cannot be read
  BOOST_TEST(Read(1) == "");
  BOOST_TEST((std::ferror(file.get()) != 0));
}

BOOST_AUTO_TEST_CASE(MuchAtOnceComesWhole) {
  // More than a pipe takes at once, and than one read brings.
  std::string all = SmallPcap({1s}, std::string(200'000, 'x'));
  std::string got;
  for (std::size_t at = 0; at < all.size(); at += 50'000) {
    BOOST_TEST(!stream->Holds(1));
    Write(all.substr(at, 50'000));
  }
  BOOST_TEST(stream->Holds(1));
  BOOST_TEST((Read(all.size()) == all));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
