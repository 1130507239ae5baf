// gate.cpp: pages of strangers must not reach a server on the visitor's own machine.
#include "gate.hpp"

#include <algorithm>

namespace framegen::server {
namespace {

// In a time that does not tell how much of it was right.
bool same_secret(std::string_view given, std::string_view secret) {
  unsigned different = given.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i)
    different |= static_cast<unsigned char>(given[i] ^ secret[secret.empty() ? 0 : i % secret.size()]);
  return different == 0;
}

// "localhost:8317", "[::1]:8317" → the name without the port.
std::string_view name_of(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

bool is_loopback_name(std::string_view name) {
  return name == "localhost" || name == "[::1]" ||
         (name.starts_with("127.") && name.find_first_not_of("0123456789.") == std::string_view::npos);
}

}  // namespace

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

std::string percent_decoded(std::string_view text, bool plus_is_space) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    if (escape) {
      decoded += static_cast<char>(16 * digit(text[i + 1]) + digit(text[i + 2]));
      i += 2;
    } else {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

std::string query_value(std::string_view target, std::string_view key) {
  return percent_decoded(raw_query_value(target, key), true);
}

std::string_view raw_query_value(std::string_view target, std::string_view key) {
  std::size_t at = target.find('?');
  while (at != std::string_view::npos) {
    const std::size_t end = target.find('&', ++at);
    const std::string_view pair = target.substr(at, end == std::string_view::npos ? end : end - at);
    if (pair.starts_with(key) && pair.substr(key.size()).starts_with('=')) return pair.substr(key.size() + 1);
    at = end;
  }
  return {};
}

std::string unknown_query_key(std::string_view target, std::initializer_list<std::string_view> known) {
  std::size_t at = target.find('?');
  while (at != std::string_view::npos) {
    const std::size_t end = target.find('&', ++at);
    const std::string_view pair = target.substr(at, end == std::string_view::npos ? end : end - at);
    const std::string key = percent_decoded(pair.substr(0, pair.find('=')), true);
    if (!pair.empty() && std::find(known.begin(), known.end(), key) == known.end()) return key;
    at = end;
  }
  return {};
}

bool shows_token(const Visitor& visitor) {
  return !visitor.authorization.empty() || !raw_query_value(visitor.target, "token").empty();
}

std::string_view last_forwarded(std::string_view field) {
  if (const std::size_t comma = field.rfind(','); comma != std::string_view::npos)
    field.remove_prefix(comma + 1);
  const std::size_t first = field.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return field.substr(first, field.find_last_not_of(' ') - first + 1);
}

const char* refusal(const Visitor& visitor, const std::string& token, const std::vector<std::string>& origins,
                    bool loopback_only) {
  // A name that was made to point here (DNS rebinding) is not this machine's.
  if (loopback_only && !is_loopback_name(name_of(visitor.host)))
    return "the Host header does not name this machine";
  if (!visitor.origin.empty() && std::find(origins.begin(), origins.end(), visitor.origin) == origins.end()) {
    const std::size_t scheme = visitor.origin.find("://");
    if (scheme == std::string_view::npos || visitor.origin.substr(scheme + 3) != visitor.host)
      return "the page comes from another origin (serve --allow-origin lets it in)";
  }
  if (token.empty()) return nullptr;
  constexpr std::string_view kBearer = "Bearer ";
  if (visitor.authorization.starts_with(kBearer) &&
      same_secret(visitor.authorization.substr(kBearer.size()), token))
    return nullptr;
  // A browser's page escapes what is special; who types an address leaves it as it is, + among it.
  const std::string_view raw = raw_query_value(visitor.target, "token");
  if (same_secret(raw, token) || same_secret(percent_decoded(raw, false), token)) return nullptr;
  return kNoToken;
}

}  // namespace framegen::server
