// answers.cpp: the page, the avatars, health, metrics and speech from text.
#include "answers.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/platform.hpp"
#include "gate.hpp"
#include "page.hpp"
#include "protocol.hpp"

namespace framegen::server {
namespace {

using Json = nlohmann::ordered_json;

// "turn:HOST:PORT USER SECRET" → the three; what is missing is empty.
std::array<std::string, 3> words_of(const std::string& ice_server) {
  std::array<std::string, 3> words;
  std::istringstream text(ice_server);
  for (std::string& word : words) text >> word;
  return words;
}

// As a browser's RTCPeerConnection takes them.
Json ice_servers(const ServerOptions& options) {
  Json list = Json::array();
  for (const std::string& server : options.ice_servers) {
    const auto [address, user, secret] = words_of(server);
    Json entry{{"urls", address}};
    if (!user.empty()) entry["username"] = user;
    if (!secret.empty()) entry["credential"] = secret;
    list.push_back(std::move(entry));
  }
  return list;
}

std::string avatars(const State& state) {
  Json list = Json::array();
  for (const auto& avatar : state.avatars) {
    const AvatarInfo& info = avatar->info();
    list.push_back({{"name", info.name},
                    {"licence", info.licence},
                    {"width", info.width},
                    {"height", info.height},
                    {"fps", info.fps},
                    {"backend", info.backend},
                    {"ai_generated", true}});
  }
  return Json{{"avatars", list},
              {"max_sessions", state.options.max_sessions},
              {"speech_from_text", state.voice != nullptr},
              {"webrtc", state.webrtc},
              {"ice_servers", ice_servers(state.options)}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string metrics(const State& state) {
  std::string text;
  const auto add = [&](const std::string& name, const char* kind, const char* help, std::int64_t value,
                       const std::string& label = "") {
    if (text.find("# HELP framegen_" + name + " ") == std::string::npos)
      text += "# HELP framegen_" + name + " " + help + "\n# TYPE framegen_" + name + " " + kind + "\n";
    text += "framegen_" + name + label + " " + std::to_string(value) + "\n";
  };
  const Metrics& m = state.metrics;
  add("sessions", "gauge", "Live sessions now.", m.sessions);
  add("sessions_limit", "gauge", "Live sessions at most.", state.options.max_sessions);
  add("sessions_total", "counter", "Live sessions begun.", m.sessions_total);
  add("refused_total", "counter", "Requests refused because the server was full.", m.refused_total);
  add("segments_total", "counter", "Segments of speech ended.", m.segments_total);
  add("frames_total", "counter", "Pictures given out.", m.idle_frames_total, "{kind=\"idle\"}");
  add("frames_total", "counter", "Pictures given out.", m.speech_frames_total, "{kind=\"speech\"}");
  add("late_frames_total", "counter", "Pictures whose face was not ready in time.", m.late_frames_total);
  add("dropped_pictures_total", "counter", "Pictures not sent to slow readers.", m.dropped_pictures_total);
  add("renders", "gauge", "Renders under way.", m.renders);
  add("renders_total", "counter", "Renders begun.", m.renders_total);
  add("uploads", "gauge", "Uploads under way.", m.uploads);
  add("failures_total", "counter", "Connections given up for want of memory or threads.", m.failures_total);
  add("connections", "gauge", "Open connections.", m.connections);
  add("resident_memory_bytes", "gauge", "Resident memory.",
      static_cast<std::int64_t>(platform::resident_bytes()));
  return text;
}

// What may be done with a path; null where there is none.
const char* methods_of(std::string_view path) {
  if (page_file(path) != nullptr || path == "/v1/avatars" || path == "/metrics" || path == "/healthz")
    return "GET, HEAD";
  if (path == kWhepPath || path.starts_with(kSessionsPath)) return "POST";
  if (path.starts_with("/v1/whep/")) return "DELETE, PATCH";
  if (path == "/v1/session" || path.starts_with("/v1/renders/")) return "GET";
  return path == "/v1/render" || path == "/v1/speech" ? "POST" : nullptr;
}

int status_of_voice(ErrorCode code) {
  if (code == ErrorCode::kBadUse) return 400;
  return code == ErrorCode::kBadInput ? 502 : 500;
}

}  // namespace

bool needs_token(std::string_view path) { return page_file(path) == nullptr; }
bool is_known_path(std::string_view path) { return methods_of(path) != nullptr; }

Error no_voice(const std::string& where) {
  return {ErrorCode::kBadUse, where, "there is no espeak-ng here",
          "install it, or start the server with --tts"};
}

Answer refused(int status, const Error& error) {
  return {status, "application/json", error_message(error), status == 503 || status == 429 ? 5 : 0, nullptr};
}

Answer preflight(std::string_view path) {
  const char* const allow = methods_of(path);
  Answer yes{204, "application/json", {}};
  yes.fields = {{"Access-Control-Allow-Methods", allow == nullptr ? "GET" : allow},
                {"Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match"},
                {"Access-Control-Max-Age", "600"}};
  return yes;
}

std::vector<std::string> ice_links(const ServerOptions& options) {
  std::vector<std::string> links;
  for (const std::string& server : options.ice_servers) {
    const auto [address, user, secret] = words_of(server);
    std::string link = "<" + address + ">; rel=\"ice-server\"";
    if (!user.empty())
      link += "; username=\"" + user + "\"; credential=\"" + secret + "\"; credential-type=\"password\"";
    links.push_back(std::move(link));
  }
  return links;
}

Answer speech_from_text(const State& state, const std::string& body) {
  if (!state.voice) return refused(501, no_voice("/v1/speech"));
  const auto request = is_deeper(body) ? Json() : Json::parse(body, nullptr, false);
  if (!request.is_object() || !request.contains("text") || !request["text"].is_string() ||
      (request.contains("voice") && !request["voice"].is_string()))
    return refused(400, {ErrorCode::kBadUse, "/v1/speech", "the body is not what it should be",
                         R"(send {"text": "…", "voice": "en-us"})"});
  auto wav = say_as_wav(*state.voice, request["text"], request.value("voice", std::string()), state.over);
  if (!wav) return refused(status_of_voice(wav.error().code), wav.error());
  return {200, "audio/wav", *std::move(wav)};
}

Answer answer(const State& state, std::string_view method, std::string_view target) {
  const std::string_view path = path_of(target);
  const bool get = method == "GET" || method == "HEAD";
  if (const PageFile* file = page_file(path); get && file != nullptr) return {200, file->type, file->text};
  if (get && path == "/v1/avatars") return {200, "application/json", avatars(state)};
  if (get && path == "/metrics") return {200, "text/plain; version=0.0.4", metrics(state)};
  if (get && path == "/healthz") {
    if (state.draining) return {503, "application/json", R"({"status":"stopping"})", 5, nullptr};
    return {200, "application/json", R"({"status":"ok"})"};
  }
  if (method == "GET" && path == "/v1/session")
    return refused(426, {ErrorCode::kBadUse, "/v1/session", "speaks WebSocket alone",
                         "connect to it with the subprotocol framegen.v1"});
  const char* const allow = methods_of(path);
  if (allow == nullptr)
    return refused(404, {ErrorCode::kBadUse, std::string(path), "is not here", "see docs/live.md"});
  Answer no = refused(405, {ErrorCode::kBadUse, std::string(method) + " " + std::string(path),
                            "is not what can be done here", std::string("send ") + allow});
  no.allow = allow;
  return no;
}

}  // namespace framegen::server
