// table.hpp: facts as two columns for people, or as JSON for programs.
#pragma once

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

namespace framegen::app {

// "sample_rate_hz" for programs is "sample rate hz" for people.
inline std::string for_people(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  return key;
}

// Prints an object: nested objects are indented under their key, arrays are joined on one line.
inline void print_facts(const nlohmann::ordered_json& facts, int indent = 0) {
  for (const auto& [key, value] : facts.items()) {
    if (value.is_object()) {
      std::printf("%*s%s\n", indent, "", for_people(key).c_str());
      print_facts(value, indent + 2);
      continue;
    }
    std::string text;
    if (value.is_array()) {
      for (const auto& item : value)
        text += (text.empty() ? "" : ", ") + (item.is_string() ? item.get<std::string>() : item.dump());
    } else {
      text = value.is_string() ? value.get<std::string>() : value.dump();
    }
    std::printf("%*s%-*s  %s\n", indent, "", 26 - indent, for_people(key).c_str(), text.c_str());
  }
}

inline void print(const nlohmann::ordered_json& facts, bool as_json) {
  if (as_json)
    std::printf("%s\n", facts.dump(2).c_str());
  else
    print_facts(facts);
}

}  // namespace framegen::app
