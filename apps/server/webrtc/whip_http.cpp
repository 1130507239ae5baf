// whip_http.cpp: libcurl, one request after the other; the token goes to the address that was named alone.
#include "webrtc/whip_http.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>

#include "voice/refusal.hpp"

namespace framegen::server::webrtc {
namespace {

constexpr long kConnectMs = 15000, kAnswerMs = 30000, kFarewellMs = 3000;
constexpr std::size_t kMostAnswerBytes = std::size_t{256} << 10;
constexpr std::size_t kMostLinks = 16;
constexpr int kMostRedirects = 5;
constexpr std::string_view kTokenWay = "give it as --token or FRAMEGEN_WHIP_TOKEN";

struct CurlFree {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  void operator()(char* text) const { curl_free(text); }
};
template <class T>
using CurlOwner = std::unique_ptr<T, CurlFree>;

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  const CurlOwner<char> owner(text);
  return text;
}

// Relative addresses are taken from `base`. Empty: it is none of HTTP's.
std::string whole_url(const std::string& base, const std::string& reference) {
  const CurlOwner<CURLU> url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK ||
      curl_url_set(url.get(), CURLUPART_URL, reference.c_str(), 0) != CURLUE_OK)
    return {};
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME);
  return scheme == "http" || scheme == "https" ? part_of(url.get(), CURLUPART_URL) : std::string();
}

// "https://host:443": what a token may be shown to.
std::string origin_of(const std::string& text) {
  const CurlOwner<CURLU> url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return {};
  return part_of(url.get(), CURLUPART_SCHEME) + "://" + part_of(url.get(), CURLUPART_HOST) + ":" +
         part_of(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return (x | 32) == (y | 32); });
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

struct WhipHttp::Reply {
  long status = 0;
  std::string url, body, location, type;
  std::vector<std::string> ice_servers;
  bool token_shown = false;

  static std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* self) {
    std::string& text = static_cast<Reply*>(self)->body;
    if (text.size() + size > kMostAnswerBytes) return CURL_WRITEFUNC_ERROR;
    text.append(bytes, size);
    return size;
  }

  static std::size_t on_header(char* bytes, std::size_t, std::size_t size, void* self) {
    auto& reply = *static_cast<Reply*>(self);
    const std::string_view line(bytes, size), name = line.substr(0, line.find(':'));
    const std::string_view value = trimmed(line.substr(std::min(line.size(), name.size() + 1)));
    if (same_name(name, "location")) reply.location = value;
    if (same_name(name, "content-type")) reply.type = value;
    if (same_name(name, "link") && reply.ice_servers.size() < kMostLinks)
      for (std::string& server : ice_servers_of(value)) reply.ice_servers.push_back(std::move(server));
    return size;
  }
};

std::vector<std::string> ice_servers_of(std::string_view link_header) {
  std::vector<std::string> servers;
  while (!link_header.empty() && servers.size() < kMostLinks) {
    const std::size_t begin = link_header.find('<'), end = link_header.find('>', begin);
    if (end == std::string_view::npos) break;
    const std::string_view address = link_header.substr(begin + 1, end - begin - 1);
    link_header.remove_prefix(end + 1);
    const std::string_view parameters = link_header.substr(0, link_header.find('<'));
    const bool is_ice = parameters.find("rel=\"ice-server\"") != std::string_view::npos ||
                        parameters.find("rel=ice-server") != std::string_view::npos;
    if (is_ice) servers.emplace_back(address);
    link_header.remove_prefix(parameters.size());
  }
  return servers;
}

Result<WhipHttp> WhipHttp::create(const std::string& url, std::string token, const std::atomic<bool>* stop) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  const std::size_t scheme = url.find("://");
  const bool encrypted = url.starts_with("whips:") || url.starts_with("https:");
  WhipHttp http;
  http.shown_ = url.substr(0, url.find_first_of("?#"));
  http.url_ = (encrypted ? "https" : "http") + url.substr(std::min(scheme, url.size()));
  const CurlOwner<CURLU> parsed(curl_url());
  const bool has_host = scheme != std::string::npos && url.substr(scheme + 3, 1) != "/";
  const bool good =
      parsed && has_host && curl_url_set(parsed.get(), CURLUPART_URL, http.url_.c_str(), 0) == CURLUE_OK;
  if (good &&
      (!part_of(parsed.get(), CURLUPART_USER).empty() || !part_of(parsed.get(), CURLUPART_PASSWORD).empty()))
    return Error{ErrorCode::kBadUse, "--to", "holds a name or a password in its address",
                 "leave it out; a token: " + std::string(kTokenWay)};
  const std::string host = good ? part_of(parsed.get(), CURLUPART_HOST) : std::string();
  if (host.empty())
    return Error{ErrorCode::kBadUse, "--to " + http.shown_, "names no server",
                 "give such as whips://live.example.org/whip"};
  http.loopback_ = host == "localhost" || host == "[::1]" || host.starts_with("127.");
  if (token.find_first_of("\r\n") != std::string::npos)
    return Error{ErrorCode::kBadUse, "--token", "holds the end of a line", "give the token alone"};
  if (!token.empty() && !encrypted && !http.loopback_)
    return Error{ErrorCode::kBadUse, http.shown_, "the token would go over the network in the clear",
                 "use whips://, or a tunnel to 127.0.0.1"};
  http.origin_ = origin_of(http.url_);
  http.token_ = std::move(token);
  http.stop_ = stop;
  return http;
}

bool WhipHttp::may_see_token(const std::string& url) const {
  return !token_.empty() && origin_of(url) == origin_;
}

Result<WhipHttp::Reply> WhipHttp::ask(const std::string& url, const char* method,
                                      const std::string& body) const {
  const CurlOwner<CURL> curl(curl_easy_init());
  CurlOwner<curl_slist> fields;
  Reply reply;
  reply.url = url;
  reply.token_shown = may_see_token(url);
  bool whole = curl != nullptr;
  const auto add = [&](const std::string& field) {
    curl_slist* const longer = curl_slist_append(fields.get(), field.c_str());
    whole = whole && longer != nullptr;
    if (longer == nullptr) return;
    (void)fields.release();
    fields.reset(longer);
  };
  const auto set = [&](CURLoption option, auto value) {
    whole = whole && curl_easy_setopt(curl.get(), option, value) == CURLE_OK;
  };
  const bool is_farewell = body.empty();
  if (!is_farewell) add("Content-Type: application/sdp");
  add("Expect:");
  if (reply.token_shown) add("Authorization: Bearer " + token_);
  std::array<char, CURL_ERROR_SIZE> said{};
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_CUSTOMREQUEST, method);
  if (!is_farewell) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(CURLOPT_POSTFIELDS, body.c_str());
  }
  set(CURLOPT_HTTPHEADER, fields.get());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, is_farewell ? kFarewellMs : kConnectMs);
  set(CURLOPT_TIMEOUT_MS, is_farewell ? kFarewellMs : kAnswerMs);
  set(CURLOPT_USERAGENT, "framegen");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_ERRORBUFFER, said.data());
  set(CURLOPT_WRITEFUNCTION, &Reply::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&reply));
  set(CURLOPT_HEADERFUNCTION, &Reply::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(&reply));
  if (loopback_) set(CURLOPT_PROXY, "");
  if (stop_ != nullptr && !is_farewell) {
    using Progress = int (*)(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
    const Progress look = [](void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
      return *static_cast<const std::atomic<bool>*>(stop) ? 1 : 0;
    };
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, look);
    set(CURLOPT_XFERINFODATA, const_cast<void*>(static_cast<const void*>(stop_)));
  }
  if (!whole)
    return Error{ErrorCode::kInternal, shown_, "cannot be asked", "check the address that --to gives"};
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_ABORTED_BY_CALLBACK)
    return Error{ErrorCode::kCancelled, shown_, "stopped as you asked", ""};
  if (code != CURLE_OK) {
    std::string why = said[0] != '\0' ? said.data() : curl_easy_strerror(code);
    voice::without(why, token_);
    return Error{ErrorCode::kBadOutput, shown_, "cannot be asked: " + why, "is a WHIP server running there?"};
  }
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &reply.status);
  return reply;
}

Error WhipHttp::refused(const Reply& reply) const {
  std::string words = voice::words_of_refusal(reply.body);
  if (words.starts_with('<')) words.clear();  // a page for a browser
  voice::without(words, token_);
  const long status = reply.status;
  std::string remedy = "see what the server says";
  if (status == 401 || status == 403)
    remedy = token_.empty() ? "the server wants a token: " + std::string(kTokenWay)
             : reply.token_shown
                 ? "check the token"
                 : "it was sent on to another server, which is not shown the token: name that in --to";
  else if (status / 100 == 3)
    remedy = "name the address that it has moved to";
  else if (status == 404 || status == 405 || status / 100 == 2)
    remedy = "check the path that --to gives: it is to be a WHIP endpoint";
  else if (status == 429 || status / 100 == 5)
    remedy = "try again later";
  return {ErrorCode::kBadOutput, shown_,
          "answers " + std::to_string(status) + (words.empty() ? "" : ": " + words), remedy};
}

Result<WhipHttp::Answer> WhipHttp::offer(const std::string& sdp) const {
  std::string url = url_;
  for (int redirects = 0;; ++redirects) {
    Reply reply = FRAMEGEN_TRY(ask(url, "POST", sdp));
    const std::string there = reply.location.empty() ? std::string() : whole_url(url, reply.location);
    const bool stays_secret = !url.starts_with("https:") || there.starts_with("https:");
    if ((reply.status == 307 || reply.status == 308) && !there.empty() && stays_secret &&
        redirects < kMostRedirects) {
      url = there;
      continue;
    }
    if (reply.status / 100 == 2 && same_name(std::string_view(reply.type).substr(0, 15), "application/sdp"))
      return Answer{std::move(reply.body), there, std::move(reply.ice_servers)};
    return refused(reply);
  }
}

Status WhipHttp::leave(const std::string& session) const {
  if (session.empty()) return {};
  const Reply reply = FRAMEGEN_TRY(ask(session, "DELETE", ""));
  // What is not there any more needs no deleting.
  if (reply.status / 100 == 2 || reply.status == 404 || reply.status == 410) return {};
  return refused(reply);
}

}  // namespace framegen::server::webrtc
