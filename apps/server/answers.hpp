// answers.hpp: what the server says over plain HTTP, apart from renders.
#pragma once

#include <string>
#include <string_view>

#include "state.hpp"

namespace framegen::server {

struct Answer {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  int retry_after_s = 0;                                         // in the Retry-After header; 0: none
  std::shared_ptr<const std::string> video = {};                 // instead of the body, where it is not null
  const char* allow = nullptr;                                   // in the Allow header
  std::vector<std::pair<std::string, std::string>> fields = {};  // more headers
};

inline constexpr std::string_view kWhepPath = "/v1/whep", kSessionsPath = "/v1/sessions/";

// The page's own files say nothing that is not public; a browser asks for them without a token.
bool needs_token(std::string_view path);
// There is something that may be done with it.
bool is_known_path(std::string_view path);
// Text cannot be spoken here.
Error no_voice(const std::string& where);
Answer refused(int status, const Error& error);
// 404 for what is not there, 405 for what is there and is asked for otherwise.
Answer answer(const State& state, std::string_view method, std::string_view target);
// What a browser asks before a page of another origin may send what it wants to.
Answer preflight(std::string_view path);
// A Link header for each of ServerOptions::ice_servers (RFC 9725 §4.6).
std::vector<std::string> ice_links(const ServerOptions& options);
// POST /v1/speech. Blocks until the voice has spoken, its patience has ended or the server is over.
Answer speech_from_text(const State& state, const std::string& body);

}  // namespace framegen::server
