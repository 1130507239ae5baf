// live_task.cpp: sessions of the server's own make, without its sockets: how soon, how steadily, how many.
#include "bench/live_task.hpp"

#include <algorithm>
#include <cmath>

#include "audio/speech_source.hpp"
#include "bench/live_client.hpp"
#include "bench/live_figures.hpp"
#include "core/frame_rate.hpp"
#include "core/machine.hpp"
#include "core/platform.hpp"
#include "framegen/render.hpp"

namespace framegen::app {
namespace {

using LiveClock = LiveClient::Clock;
using std::chrono::duration;

constexpr int kMostSessions = 512;
constexpr int kMostWarmUp = 500;  // pictures: a whole turn of most loops
constexpr std::size_t kFrameSamples = 640;
constexpr std::size_t kEnoughForOne =
    13 * kFrameSamples;  // samples of 520 ms: what the first picture's mouth needs
constexpr std::size_t kSaidBeforeInterrupt = 30 * kFrameSamples;

std::chrono::nanoseconds nanoseconds_of(double seconds) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(duration<double>(seconds));
}

double ms_between(LiveClock::time_point from, LiveClock::time_point to) {
  return duration<double, std::milli>(to - from).count();
}

bool is_idle(const LiveClient::Event& event) { return !event.speech && !event.segment_end; }
bool is_speech(const LiveClient::Event& event) { return event.speech; }
bool is_silent(const LiveClient::Event& event) { return is_idle(event) && event.silent; }
bool is_end(const LiveClient::Event& event) { return event.segment_end; }

Json spread_json(const std::vector<double>& values) {
  const auto spread = spread_of(values);
  return {{"median", spread->median}, {"lowest", spread->lowest}, {"highest", spread->highest}};
}

Result<std::vector<std::int16_t>> samples_of(const std::string& audio) {
  SpeechSource source = FRAMEGEN_TRY(SpeechSource::open(audio));
  std::vector<std::int16_t> samples;
  std::vector<float> block(16000);
  while (const std::size_t got = FRAMEGEN_TRY(source.read(block)))
    for (std::size_t i = 0; i < got; ++i)
      samples.push_back(static_cast<std::int16_t>(std::lround(std::clamp(block[i], -1.0F, 1.0F) * 32767)));
  return samples;
}

// So many sessions at once, for a while.
struct Together {
  std::vector<SpokenFor> sessions;
  double cores = 0;  // that the process kept busy
  std::uint64_t resident_bytes = 0;

  const SpokenFor& slowest() const {
    return *std::min_element(sessions.begin(), sessions.end(), [](const SpokenFor& a, const SpokenFor& b) {
      return a.talking_s.size() < b.talking_s.size();
    });
  }
  std::int64_t sum(std::int64_t SpokenFor::*figure) const {
    std::int64_t all = 0;
    for (const SpokenFor& session : sessions) all += session.*figure;
    return all;
  }
};

class LiveMeasure {
 public:
  LiveMeasure(const BenchTask& task, server::State& state, std::vector<std::int16_t> speech)
      : task_(task), state_(state), speech_(std::move(speech)) {}

  Result<Json> run() {
    Json json{{"backend", state_.avatars.front()->info().backend}};
    json["real_time"] = FRAMEGEN_TRY(real_time());
    FRAMEGEN_TRY(warm_up());
    FRAMEGEN_TRY(measure_moments(json));
    const Together alone = FRAMEGEN_TRY(speak_together(1, task_.seconds));
    const SpokenFor& one = alone.sessions.front();
    json["hold"] = {{"seconds", one.seconds},
                    {"pictures_per_s", talking_per_second(one)},
                    {"slowest_minute", slowest_minute(one)},
                    {"late", one.late},
                    {"dropped", one.dropped},
                    {"cores", alone.cores}};
    json["resident_bytes"] = alone.resident_bytes;
    json["sessions"] = FRAMEGEN_TRY(count_sessions());
    json["peak_bytes"] = peak_memory_bytes();
    return json;
  }

 private:
  Result<double> render_fps(int frames, const std::filesystem::path& video) {
    RenderJob job;
    job.audio = task_.audio;
    job.video = video;
    job.end_frame = frames;
    const auto report = FRAMEGEN_TRY(
        render(*state_.engine, state_.avatars.front(), job, [](const Progress&) { return !interrupted; }));
    return report.frames_per_second;
  }

  // Sound file in, MP4 out, all cores: how many times faster than it is heard.
  Result<double> real_time() {
    const int turn = 2 * state_.avatars.front()->info().template_frames;
    FRAMEGEN_TRY(render_fps(std::min(task_.frames, turn), {}));  // an avatar is made ready once
    const double fps =
        FRAMEGEN_TRY(render_fps(task_.frames, std::filesystem::path(task_.folder) / "bench.mp4"));
    return fps / state_.avatars.front()->info().fps;
  }

  // What sessions make once: image parts and JPEGs of the template frames that a live presenter shows.
  Status warm_up() {
    const int pictures = std::min(kMostWarmUp, 2 * state_.avatars.front()->info().template_frames);
    const auto client = FRAMEGEN_TRY(LiveClient::open(state_, true));
    FRAMEGEN_TRY(client->push(piece(0, kEnoughForOne + static_cast<std::size_t>(pictures) * kFrameSamples)));
    for (int seen = 0; seen < pictures; ++seen) FRAMEGEN_TRY(client->until(is_speech));
    return {};
  }

  // The speech is repeated; a piece does not go over its end.
  std::span<const std::int16_t> piece(std::size_t at, std::size_t samples) const {
    return std::span(speech_).subspan(at % (speech_.size() - samples), samples);
  }

  // A session's first idle picture, the first of its speech, and how long it is heard after an interrupt.
  Status measure_moments(Json& json) {
    const int rounds = std::clamp(static_cast<int>(task_.seconds / 30), 3, 20);
    std::vector<double> idle, talking, silence;
    for (int round = 0; round < rounds; ++round) {
      auto begun = LiveClock::now();
      const auto client = FRAMEGEN_TRY(LiveClient::open(state_, false));
      idle.push_back(ms_between(begun, FRAMEGEN_TRY(client->until(is_idle)).at));
      begun = LiveClock::now();
      FRAMEGEN_TRY(client->push(piece(0, kEnoughForOne)));
      talking.push_back(ms_between(begun, FRAMEGEN_TRY(client->until(is_speech)).at));
      FRAMEGEN_TRY(client->push(piece(kEnoughForOne, kSaidBeforeInterrupt)));
      for (int i = 0; i < 5; ++i) FRAMEGEN_TRY(client->until(is_speech));
      // Anywhere between two pictures, as people interrupt.
      std::this_thread::sleep_for(std::chrono::milliseconds(40 * round / rounds));
      begun = LiveClock::now();
      FRAMEGEN_TRY(client->interrupt());
      // Not an idle picture that came instead of a late face.
      FRAMEGEN_TRY(client->until(is_end));
      silence.push_back(ms_between(begun, FRAMEGEN_TRY(client->until(is_silent)).at));
    }
    json["first_idle_ms"] = spread_json(idle);
    json["first_talking_ms"] = spread_json(talking);
    json["silence_ms"] = spread_json(silence);
    return {};
  }

  Result<Together> speak_together(int count, double seconds) {
    std::vector<std::unique_ptr<LiveClient>> clients;
    for (int i = 0; i < count; ++i) clients.push_back(FRAMEGEN_TRY(LiveClient::open(state_, false)));
    const LiveFeeder feeder(clients, speech_);
    for (const auto& client : clients) FRAMEGEN_TRY(client->until(is_speech));
    std::vector<std::int64_t> late_before;
    for (const auto& client : clients) late_before.push_back(client->late());
    const auto begun = LiveClock::now(), end = begun + nanoseconds_of(seconds);
    const double cpu_before = cpu_seconds();
    Together together;
    together.sessions.resize(clients.size());
    while (LiveClock::now() < end) {
      if (interrupted) return Error{ErrorCode::kCancelled, "bench", "stopped as you asked", ""};
      FRAMEGEN_TRY(feeder.status());
      std::this_thread::sleep_until(std::min(end, LiveClock::now() + std::chrono::milliseconds(200)));
      for (std::size_t i = 0; i < clients.size(); ++i)
        FRAMEGEN_TRY(take_events(*clients[i], begun, end, together.sessions[i]));
    }
    together.cores = (cpu_seconds() - cpu_before) / seconds;
    together.resident_bytes = platform::resident_bytes();
    for (std::size_t i = 0; i < clients.size(); ++i) {
      together.sessions[i].seconds = seconds;
      together.sessions[i].late = clients[i]->late() - late_before[i];
    }
    return together;
  }

  // What has come by now.
  static Status take_events(LiveClient& client, LiveClock::time_point begun, LiveClock::time_point end,
                            SpokenFor& spoken) {
    while (const auto event = FRAMEGEN_TRY(client.next(LiveClock::now()))) {
      if (event->at < begun || event->at >= end) continue;
      if (event->speech) spoken.talking_s.push_back(duration<double>(event->at - begun).count());
      spoken.dropped += event->dropped ? 1 : 0;
    }
    return {};
  }

  Result<Json> count_sessions() {
    const double seconds = std::clamp(task_.seconds / 30, 2.0, 20.0);
    Json tried = Json::array();
    double cores = 0;
    const auto hold = [&](int n) -> Result<bool> {
      const Together together = FRAMEGEN_TRY(speak_together(n, seconds));
      const bool held = std::all_of(together.sessions.begin(), together.sessions.end(),
                                    [](const SpokenFor& session) { return is_held(session); });
      tried.push_back({{"sessions", n},
                       {"seconds", seconds},
                       {"pictures_per_s", talking_per_second(together.slowest())},
                       {"late", together.sum(&SpokenFor::late)},
                       {"dropped", together.sum(&SpokenFor::dropped)},
                       {"cores", together.cores},
                       {"held", held}});
      if (held) cores = together.cores;
      return held;
    };
    const int held = FRAMEGEN_TRY(most_that(kMostSessions, hold));
    return Json{{"held", held}, {"cores", cores}, {"tried", tried}};
  }

  const BenchTask& task_;
  server::State& state_;
  const std::vector<std::int16_t> speech_;
};

}  // namespace

Status check_precision(const BenchTask& task, const AvatarInfo& info) {
  if (info.precision == task.engine.precision) return {};
  return Error{ErrorCode::kBadUse, "--precision " + task.engine.precision,
               "the backend " + info.backend + " computes in " + info.precision, ""};
}

Result<Json> measure_live(const BenchTask& task) {
  server::ServerOptions options;
  options.engine = FRAMEGEN_TRY(task.engine.options());
  options.engine.on_warning = {};
  options.engine.map_image_parts = false;  // as serve
  options.avatars = {task.avatar};
  options.max_sessions = kMostSessions;  // counted here, not guessed
  const auto state = FRAMEGEN_TRY(server::open_state(options));
  FRAMEGEN_TRY(check_precision(task, state->avatars.front()->info()));
  std::vector<std::int16_t> speech = FRAMEGEN_TRY(samples_of(task.audio));
  return LiveMeasure(task, *state, std::move(speech)).run();
}

}  // namespace framegen::app
