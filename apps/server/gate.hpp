// gate.hpp: who may come in: host, origin, token.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace framegen::server {

struct Visitor {
  std::string_view target;         // path and query
  std::string_view host;           // the Host header
  std::string_view origin;         // the Origin header; empty: no browser
  std::string_view authorization;  // the Authorization header
};

// Parts of a request's target.
std::string_view path_of(std::string_view target);
// "%C3%A4" → "ä". `plus_is_space`: as forms write it. What is no escape stays as it is.
std::string percent_decoded(std::string_view text, bool plus_is_space);
// A query's value as it stands, not decoded; empty where there is none.
std::string_view raw_query_value(std::string_view target, std::string_view key);
// Decoded, as a browser's URLSearchParams reads it.
std::string query_value(std::string_view target, std::string_view key);

// A query's first key that is not among the known ones; empty where there is none.
std::string unknown_query_key(std::string_view target, std::initializer_list<std::string_view> known);

inline constexpr const char* kNoToken = "the token is missing or wrong";

// A token was shown, right or wrong.
bool shows_token(const Visitor& visitor);
// The last of X-Forwarded-For's addresses, which the nearest proxy wrote; empty where there is none.
std::string_view last_forwarded(std::string_view field);
// Null: come in. Else why not, in one clause; kNoToken itself where the token is why.
const char* refusal(const Visitor& visitor, const std::string& token, const std::vector<std::string>& origins,
                    bool loopback_only);

}  // namespace framegen::server
