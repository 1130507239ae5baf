// serial_region_test.cpp: what OpenCV would share out stays on the thread that asks.
#include "face/serial_region.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <latch>
#include <opencv2/core/utility.hpp>
#include <stdexcept>
#include <thread>

#include "core/crew.hpp"

namespace framegen {
namespace {

void at_once(int threads, const std::function<void(int)>& work) {
  Crew crew;
  for (int i = 0; i < threads; ++i) crew.start([&work, i] { work(i); });
}

// The host's own call is long over when the guest asks OpenCV for a parallel loop.
TEST(SerialRegion, AGuestStaysOnItsThreadWhenTheHostsCallIsOver) {
  const int before = cv::getNumThreads();
  cv::setNumThreads(4);
  SerialRegion region;
  std::latch host_inside(1), guest_inside(1);
  Crew host;
  host.start([&] {
    region.run([&] {
      host_inside.count_down();
      guest_inside.wait();
    });
  });
  host_inside.wait();
  std::atomic<int> here{0}, elsewhere{0};
  region.run([&] {
    guest_inside.count_down();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const auto guest = std::this_thread::get_id();
    cv::parallel_for_(cv::Range(0, 64), [&](const cv::Range& part) {
      (std::this_thread::get_id() == guest ? here : elsewhere) += part.size();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
  });
  cv::setNumThreads(before);
  EXPECT_EQ(here, 64);
  EXPECT_EQ(elsewhere, 0);
}

// Each waits inside for all the others: where one had to wait outside, none would come out.
TEST(SerialRegion, ThreadsAreInsideAtTheSameTime) {
  SerialRegion region;
  std::latch inside(4);
  std::atomic<int> done{0};
  at_once(4, [&](int) {
    region.run([&] {
      inside.arrive_and_wait();
      ++done;
    });
  });
  EXPECT_EQ(done, 4);
}

TEST(SerialRegion, IsLeftWhenACallThrows) {
  SerialRegion region;
  std::atomic<int> caught{0}, done{0};
  at_once(4, [&](int i) {
    for (int k = 0; k < 100; ++k) {
      try {
        region.run([&] {
          if ((i + k) % 2 == 0) throw std::runtime_error("no");
          ++done;
        });
      } catch (const std::runtime_error&) {
        ++caught;
      }
    }
  });
  EXPECT_EQ(caught, 200);
  EXPECT_EQ(done, 200);
}

}  // namespace
}  // namespace framegen
