// refusal.cpp: JSON of several tastes, cut between characters.
#include "refusal.hpp"

#include <nlohmann/json.hpp>

namespace framegen::voice {
namespace {

constexpr std::size_t kAnswerShown = 200;

}  // namespace

void without(std::string& text, const std::string& secret) {
  for (std::size_t at = 0; !secret.empty() && (at = text.find(secret, at)) != std::string::npos;)
    text.replace(at, secret.size(), "…");
}

std::string words_of_refusal(const std::string& body) {
  std::string words = body;
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (json.is_object())
    for (const nlohmann::json& part : {json.value("error", nlohmann::json()), json}) {
      if (part.is_string()) words = part.get<std::string>();
      if (!part.is_object()) continue;
      for (const char* const name : {"message", "detail", "why"})
        if (part.contains(name) && part[name].is_string()) words = part[name].get<std::string>();
    }
  if (words.size() > kAnswerShown) {
    words.resize(kAnswerShown);
    while (!words.empty() && (static_cast<unsigned char>(words.back()) & 0xC0) == 0x80) words.pop_back();
    if (!words.empty() && static_cast<unsigned char>(words.back()) >= 0xC0) words.pop_back();
    words += "…";
  }
  for (char& c : words)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return words;
}

}  // namespace framegen::voice
