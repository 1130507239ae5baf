// tee_sink.hpp: one stream of frames into several sinks, such as a video and a folder of pictures.
#pragma once

#include <memory>
#include <vector>

#include "sink/sink.hpp"

namespace framegen {

// The first error stops all; sinks that have finished before it keep their output.
class TeeSink : public Sink {
 public:
  explicit TeeSink(std::vector<std::unique_ptr<Sink>> sinks) : sinks_(std::move(sinks)) {}
  PixelNeed need() const override {
    bool bgr = false, i420 = false;
    for (const auto& sink : sinks_) {
      bgr = bgr || sink->need() != PixelNeed::kI420;
      i420 = i420 || sink->need() != PixelNeed::kBgr;
    }
    if (bgr && i420) return PixelNeed::kBoth;
    return i420 ? PixelNeed::kI420 : PixelNeed::kBgr;
  }
  std::string name() const override { return sinks_.size() == 1 ? sinks_.front()->name() : "output"; }

 private:
  template <class Call>
  Status each(const Call& call) {
    for (const auto& sink : sinks_) FRAMEGEN_TRY(call(*sink));
    return {};
  }
  Status do_begin() override {
    return each([&](Sink& sink) { return sink.begin(format()); });
  }
  Status do_write(const SinkFrame& frame) override {
    return each([&](Sink& sink) { return sink.write(frame); });
  }
  Status do_finish() override {
    return each([](Sink& sink) { return sink.finish(); });
  }

  std::vector<std::unique_ptr<Sink>> sinks_;
};

}  // namespace framegen
