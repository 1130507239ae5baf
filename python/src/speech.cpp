// speech.cpp: a whole speech as an iterator over pictures.
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <atomic>

#include "frame.hpp"
#include "handles.hpp"
#include "words.hpp"

namespace framegen::python {
namespace {

template <class T>
using Sound = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

// An iterator of Python's over float32 arrays, read by pull() on the pulling thread. What it raises is kept,
// and goes on once C++ has come back.
struct Pieces {
  nb::object iterator;
  nb::object array;  // what is being read
  Sound<float> samples;
  std::size_t at = 0;
  std::optional<nb::python_error> raised;

  Result<std::size_t> fill(std::span<float> out) {
    const nb::gil_scoped_acquire acquired;
    try {
      while (array.is_none() || at == samples.size()) {
        PyObject* const next = PyIter_Next(iterator.ptr());
        if (next == nullptr && PyErr_Occurred() != nullptr) throw nb::python_error();
        if (next == nullptr) return std::size_t{0};
        array = nb::steal(next);
        samples = nb::cast<Sound<float>>(array);
        at = 0;
      }
    } catch (nb::python_error& error) {
      raised.emplace(std::move(error));
      return Error{ErrorCode::kCancelled, "speech", "its source raised an exception", ""};
    } catch (const nb::cast_error&) {
      return Error{ErrorCode::kBadUse, "samples", "a piece is no array of float32",
                   "yield arrays of samples"};
    }
    const std::size_t count = std::min(out.size(), samples.size() - at);
    std::copy_n(samples.data() + at, count, out.begin());
    at += count;
    return count;
  }
};

// Python's objects go with the lock, whoever lets go of them last.
std::shared_ptr<Pieces> make_pieces(nb::object iterator) {
  return {new Pieces{std::move(iterator), nb::none(), {}, 0, {}}, [](Pieces* last) {
            const nb::gil_scoped_acquire acquired;
            delete last;
          }};
}

struct Running {
  explicit Running(Session given) : session(std::move(given)) {}
  Owned<Session> session;
  std::atomic<bool> pulling{false};
};

struct Speech {
  AvatarHandle avatar;
  std::shared_ptr<Running> inside;  // none: closed
  std::shared_ptr<Pieces> pieces;
  double fps = 25;
  bool finished = false;

  nb::object next();
  std::shared_ptr<Running> open() const {
    if (inside == nullptr) raise({ErrorCode::kBadUse, "Speech", "was closed", "call avatar.speak() again"});
    return inside;
  }
};

nb::object Speech::next() {
  if (finished) throw nb::stop_iteration();
  const std::shared_ptr<Running> held = open();
  Session& session = held->session.get("Speech");
  if (held->pulling.exchange(true))
    raise({ErrorCode::kBadUse, "Speech", "another thread waits for its next frame",
           "pull a speech from one thread"});
  struct Leave {
    std::atomic<bool>& pulling;
    ~Leave() { pulling = false; }
  } const leave{held->pulling};
  const auto from = pieces;
  PyFrame frame;
  for (;;) {
    auto pulled = without_gil("Speech", [&] { return session.pull(frame.frame); });
    if (from != nullptr && from->raised) {
      finished = true;
      throw nb::python_error(std::move(*from->raised));
    }
    if (inside == nullptr) open();  // closed meanwhile
    if (!pulled) finished = true;
    switch (take(std::move(pulled))) {
      case Pulled::kFrame:
        frame.fps = fps;
        return nb::cast(std::move(frame));
      case Pulled::kFinished:
        finished = true;
        throw nb::stop_iteration();
      case Pulled::kAgain:
        if (PyErr_CheckSignals() != 0) throw nb::python_error();
    }
  }
}

void make_speech(Speech* self, const AvatarHandle& avatar, const SessionOptions& options,
                 const std::function<Status(Session&)>& give) {
  const auto& inside = avatar.get();
  Session session = take(without_gil("Speech", [&] { return Session::create(inside, options); }));
  take(without_gil("Speech", [&] { return give(session); }));
  new (self)
      Speech{avatar, std::make_shared<Running>(std::move(session)), nullptr, inside->info().fps, false};
}

SessionOptions options_of(const nb::kwargs& words) {
  const Given given(words);
  SessionOptions options;
  given.into(options.sample_rate_hz, "sample_rate_hz");
  given.into(options.format, "format", "SessionOptions", kFormats);
  given.into(options.blend, "blend", "SessionOptions", kBlends);
  given.into(options.start_frame, "start_frame");
  given.into(options.first_frame, "first_frame");
  given.into(options.expected_frames, "expected_frames");
  return options;
}

template <class T>
void speak_samples(Speech* self, const AvatarHandle& avatar, const Sound<T>& samples,
                   const nb::kwargs& words) {
  const auto options = options_of(words);
  std::vector<T> copy(samples.data(), samples.data() + samples.size());
  make_speech(self, avatar, options, [&](Session& session) { return session.speak(std::move(copy)); });
}

void speak_pieces(Speech* self, const AvatarHandle& avatar, const nb::iterator& source,
                  const nb::kwargs& words) {
  const auto options = options_of(words);
  auto pieces = make_pieces(nb::borrow(source));
  make_speech(self, avatar, options, [pieces](Session& session) {
    return session.speak([pieces](std::span<float> out) { return pieces->fill(out); });
  });
  self->pieces = std::move(pieces);
}

nb::dict stats_of(const Speech& self) {
  const auto held = self.open();
  const SessionStats stats = held->session.get("Speech").stats();
  nb::dict facts;
  facts["frames"] = stats.frames;
  facts["features_s"] = stats.features_s;
  facts["prepare_s"] = stats.prepare_s;
  facts["generator_s"] = stats.generator_s;
  facts["paste_s"] = stats.paste_s;
  facts["compose_s"] = stats.compose_s;
  return facts;
}

}  // namespace

void bind_speech(nb::module_& module) {
  nb::class_<Speech>(module, "Speech", nb::is_weak_referenceable(),
                     "Pictures of a whole speech, one after another (Avatar.speak); frames_all: how many, "
                     "once that is known; stats(): where the time went, in seconds over all threads.")
      .def("__init__", &speak_samples<float>)
      .def("__init__", &speak_samples<std::int16_t>)
      .def("__init__", &speak_pieces)
      .def("__iter__", [](nb::handle_t<Speech> self) { return self; })
      .def("__next__", &Speech::next)
      .def("close", [](Speech& self) { auto last = std::exchange(self.inside, nullptr); })
      .def_prop_ro("closed", [](const Speech& self) { return self.inside == nullptr; })
      .def_prop_ro("frames_all",
                   [](const Speech& self) { return self.open()->session.get("Speech").frames_all(); })
      .def("stats", &stats_of);
}

}  // namespace framegen::python
