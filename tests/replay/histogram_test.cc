#include "src/replay/histogram.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <vector>

#include "netstack/base/prng.h"

namespace tcpcopy {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

BOOST_AUTO_TEST_CASE(NothingHasNoPercentile) {
  const Histogram histogram;
  BOOST_TEST(histogram.count() == 0U);
  BOOST_TEST((histogram.max() == Duration{0}));
  BOOST_TEST((histogram.Percentile(99) == Duration{0}));
  histogram.ForEachBucket([](Duration, std::uint64_t) { BOOST_ERROR("there is a bucket"); });
}

BOOST_AUTO_TEST_CASE(SmallTimesAreExactAndRoundedUp) {
  Histogram histogram;
  for (int i = 1; i <= 60; ++i) histogram.Add(microseconds(i));
  for (const int percent : {5, 10, 50, 95, 100}) {
    BOOST_TEST((histogram.Percentile(percent) == microseconds(60 * percent / 100)), percent);
  }
  Histogram one;
  one.Add(nanoseconds(1));
  BOOST_TEST((one.max() == nanoseconds(1)));
  one.Add(nanoseconds(1500));
  BOOST_TEST((one.Percentile(50) == microseconds(1)));
}

BOOST_AUTO_TEST_CASE(APercentileIsWithinAThirtySecondOfTheTruth) {
  Histogram histogram;
  Prng prng(3);
  std::vector<Duration> values;
  for (int i = 0; i < 5000; ++i) {
    // Of all sizes alike.
    const Duration value = microseconds(prng.Below(std::uint64_t{1} << (1 + prng.Below(38))));
    values.push_back(value);
    histogram.Add(value);
  }
  std::ranges::sort(values);
  for (const double percent : {0.1, 1.0, 25.0, 50.0, 90.0, 99.0, 99.9}) {
    const Duration truth = values[static_cast<std::size_t>(std::ceil(50 * percent)) - 1];
    const Duration told = histogram.Percentile(percent);
    BOOST_TEST((told >= truth && told <= truth + truth / 32), percent);
  }
  BOOST_TEST((histogram.Percentile(100) == values.back()));
}

BOOST_AUTO_TEST_CASE(EveryTimeHasOneBucketAndBucketsAreInOrder) {
  Histogram histogram;
  std::uint64_t added = 0;
  for (std::uint64_t value = 0; value < 100'000; value += 1 + value / 100, ++added) {
    histogram.Add(microseconds(value));
  }
  std::uint64_t counted = 0;
  Duration last = microseconds(-1);
  histogram.ForEachBucket([&](Duration upper, std::uint64_t count) {
    BOOST_TEST((upper > last));
    last = upper;
    counted += count;
  });
  BOOST_TEST(counted == added);
  BOOST_TEST(histogram.count() == added);
}

BOOST_AUTO_TEST_CASE(WhatABucketIsCalledIsInIt) {
  Histogram histogram;
  for (std::uint64_t value = 1; value < std::uint64_t{1} << 39; value += 1 + value / 10) {
    histogram.Add(microseconds(value));
  }
  Histogram again;
  histogram.ForEachBucket([&](Duration upper, std::uint64_t count) { again.Add(upper, count); });
  BOOST_TEST(again.count() == histogram.count());
  for (const double percent : {1.0, 50.0, 99.0}) {
    BOOST_TEST((again.Percentile(percent) == histogram.Percentile(percent)));
  }
}

BOOST_AUTO_TEST_CASE(TimesOutsideCountAsTheNearestInside) {
  Histogram histogram;
  histogram.Add(seconds(-5));
  BOOST_TEST((histogram.max() == Duration{0}));
  histogram.Add(hours(24 * 365));
  histogram.Add(Duration::max());
  BOOST_TEST(histogram.count() == 3U);
  BOOST_TEST((histogram.max() == Histogram::kLongest));
  BOOST_TEST((histogram.Percentile(100) == Histogram::kLongest));
}

BOOST_AUTO_TEST_CASE(TwoTogetherAreAsOneThatSawAll) {
  Histogram one;
  Histogram other;
  Histogram all;
  for (int i = 0; i < 1000; ++i) {
    (i % 3 == 0 ? one : other).Add(microseconds(i * i));
    all.Add(microseconds(i * i));
  }
  one += other;
  BOOST_TEST(one.count() == 1000U);
  BOOST_TEST((one.max() == all.max()));
  for (const double percent : {1.0, 50.0, 99.0, 100.0}) {
    BOOST_TEST((one.Percentile(percent) == all.Percentile(percent)));
  }
}

}  // namespace
}  // namespace tcpcopy
