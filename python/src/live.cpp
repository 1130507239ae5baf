// live.cpp: live sessions: sound in, pictures with their sound out.
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <atomic>
#include <chrono>

#include "frame.hpp"
#include "handles.hpp"
#include "words.hpp"

namespace framegen::python {
namespace {

using Samples = nb::ndarray<const std::int16_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Clock = std::chrono::steady_clock;
constexpr Choices<Idle, 2> kIdles{{{"loop", Idle::kLoop}, {"none", Idle::kNone}}};
// A wait for sound is cut into these, so that Ctrl-C and close() are seen.
constexpr std::chrono::milliseconds kSlice(50);

struct Running {
  explicit Running(LiveSession given) : session(std::move(given)) {}
  Owned<LiveSession> session;
  std::mutex pushing;  // push, speak, flush and finish are one thread's at a time
  std::atomic<bool> pulling{false};
};

struct Live {
  AvatarHandle avatar;
  std::shared_ptr<Running> inside;  // none: closed
  double fps = 25;
  bool idles = true;  // Idle::kLoop

  std::shared_ptr<Running> open() const {
    if (inside == nullptr) raise({ErrorCode::kBadUse, "LiveSession", "was closed", "make another one"});
    inside->session.get("LiveSession");  // not in a forked child
    return inside;
  }
  nb::object pull(std::optional<double> timeout_s);
};

// Python's object of what was pulled; none: nothing yet.
nb::object given(LivePulled pulled, LiveOutput& out, double fps) {
  if (pulled == LivePulled::kAgain) return nb::none();
  if (pulled == LivePulled::kSegmentEnd)
    return nb::cast(PySegmentEnd{out.segment, out.position_samples, out.position_ms, out.interrupted});
  PyPicture picture;
  picture.frame = out.frame;
  picture.fps = fps;
  picture.speech = pulled == LivePulled::kSpeech;
  picture.segment = out.segment;
  picture.pts_us = out.pts_us;
  picture.position_samples = out.position_samples;
  picture.position_ms = out.position_ms;
  picture.sound.assign(out.sound.begin(), out.sound.end());
  return nb::cast(std::move(picture));
}

nb::object Live::pull(std::optional<double> timeout_s) {
  const std::shared_ptr<Running> held = open();
  LiveSession& session = held->session.get("LiveSession");
  if (held->pulling.exchange(true))
    raise({ErrorCode::kBadUse, "LiveSession", "another thread waits for its next picture",
           "pull from one thread"});
  struct Leave {
    std::atomic<bool>& pulling;
    ~Leave() { pulling = false; }
  } const leave{held->pulling};
  std::optional<Clock::time_point> end;
  if (timeout_s) {
    const double wait_ms = std::clamp(*timeout_s, 0.0, 1e6) * 1000;
    end = Clock::now() + std::chrono::milliseconds(static_cast<std::int64_t>(wait_ms));
  }
  LiveOutput out;
  for (;;) {
    std::chrono::milliseconds wait(-1);
    if (end)
      wait = std::max(std::chrono::milliseconds(0),
                      std::chrono::ceil<std::chrono::milliseconds>(*end - Clock::now()));
    // With idle pictures a pull waits for a face that is being made and for nothing else; without, for sound
    // as well.
    if (!idles) wait = wait.count() < 0 ? kSlice : std::min(wait, kSlice);
    auto pulled = without_gil("LiveSession", [&] { return session.pull(out, wait); });
    if (inside == nullptr) open();  // closed meanwhile
    const LivePulled what = take(std::move(pulled));
    if (what == LivePulled::kFinished) throw nb::stop_iteration();
    if (what != LivePulled::kAgain || (end && Clock::now() >= *end)) return given(what, out, fps);
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
  }
}

void make_live(Live* self, const AvatarHandle& avatar, const nb::kwargs& words) {
  const Given given(words);
  LiveOptions options;
  given.into(options.sample_rate_hz, "sample_rate_hz");
  given.into(options.format, "format", "LiveOptions", kFormats);
  given.into(options.idle, "idle", "LiveOptions", kIdles);
  given.into(options.blend, "blend", "LiveOptions", kBlends);
  given.into(options.look_ahead_ms, "look_ahead_ms");
  given.into(options.max_buffer_ms, "max_buffer_ms");
  given.into(options.cross_fade_frames, "cross_fade_frames");
  given.into(options.silence_gate_db, "silence_gate_db");
  const auto& inside = avatar.get();
  LiveSession session =
      take(without_gil("LiveSession", [&] { return LiveSession::create(inside, options); }));
  new (self) Live{avatar, std::make_shared<Running>(std::move(session)), inside->info().fps,
                  options.idle == Idle::kLoop};
}

// One of the pushing thread's calls.
template <class Call>
auto pushed(const Live& self, const Call& call) {
  const std::shared_ptr<Running> held = self.open();
  LiveSession& session = held->session.get("LiveSession");
  return take(without_gil("LiveSession", [&] {
    const std::lock_guard lock(held->pushing);
    return call(session);
  }));
}

std::span<const std::int16_t> span_of(const Samples& samples) { return {samples.data(), samples.size()}; }

nb::dict stats_of(const Live& self) {
  const auto held = self.open();
  const LiveStats stats = held->session.get("LiveSession").stats();
  nb::dict facts;
  facts["frames"] = stats.frames;
  facts["speech_frames"] = stats.speech_frames;
  facts["late_frames"] = stats.late_frames;
  facts["hungry_frames"] = stats.hungry_frames;
  facts["buffered_ms"] = stats.buffered_ms;
  return facts;
}

void interrupt(const Live& self) {
  const auto held = self.open();
  LiveSession& session = held->session.get("LiveSession");
  take(without_gil("LiveSession", [&] { return session.interrupt(); }));
}

}  // namespace

void bind_live(nb::module_& module) {
  nb::class_<Live>(module, "LiveSession", "A live session without a clock, behind framegen.LiveSession.")
      .def("__init__", &make_live)
      .def("push",
           [](const Live& self, const Samples& s) {
             return pushed(self, [&](LiveSession& session) { return session.push(span_of(s)); });
           })
      .def("speak",
           [](const Live& self, const Samples& s) {
             pushed(self, [&](LiveSession& session) { return session.speak(span_of(s)); });
           })
      .def("flush",
           [](const Live& self) { pushed(self, [](LiveSession& session) { return session.flush(); }); })
      .def("finish",
           [](const Live& self) { pushed(self, [](LiveSession& session) { return session.finish(); }); })
      .def("interrupt", &interrupt)
      .def("pull", &Live::pull, nb::arg("timeout_s") = nb::none())
      .def("close", [](Live& self) { auto last = std::exchange(self.inside, nullptr); })
      .def_prop_ro("closed", [](const Live& self) { return self.inside == nullptr; })
      .def_prop_ro(
          "samples_per_frame",
          [](const Live& self) { return self.open()->session.get("LiveSession").samples_per_frame(); })
      .def_prop_ro("look_ahead_ms",
                   [](const Live& self) { return self.open()->session.get("LiveSession").look_ahead_ms(); })
      .def("stats", &stats_of);
}

}  // namespace framegen::python
