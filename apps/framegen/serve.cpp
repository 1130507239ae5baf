// serve.cpp: framegen serve: words in, a server until Ctrl-C.
#include <arpa/inet.h>
#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "command.hpp"
#include "core/file_guard.hpp"
#include "core/platform.hpp"
#include "server.hpp"
#include "words/sandbox_words.hpp"
#include "words/text_words.hpp"

namespace framegen::app {
namespace {

struct ServeWords {
  std::vector<std::string> avatars;
  std::string listen = "127.0.0.1:8317";
  std::string audit_log;
  int max_upload_mb = 64, max_kept_mb = 256, port = -1;
  server::ServerOptions server;
  VoiceWords voice;
  EngineWords engine;
};

bool is_address(const std::string& text) {
  in6_addr any{};
  return ::inet_pton(AF_INET, text.c_str(), &any) == 1 || ::inet_pton(AF_INET6, text.c_str(), &any) == 1;
}

Status parse_listen(const std::string& text, server::ServerOptions& options) {
  const std::size_t colon = text.rfind(':');
  std::string address = colon == std::string::npos ? text : text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  if (address == "localhost") address = "127.0.0.1";
  if (!address.empty() && !is_address(address))
    return Error{ErrorCode::kBadUse, "--listen " + text, "\"" + address + "\" is no address of a machine",
                 "give such as 127.0.0.1:8317, or 0.0.0.0:8317 for all who can reach it"};
  if (!address.empty()) options.address = address;
  if (colon == std::string::npos) return {};
  const std::string port = text.substr(colon + 1);
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos ||
      std::stoi(port) > 65535)
    return Error{ErrorCode::kBadUse, "--listen " + text, "is not ADDRESS:PORT", "give e.g. 127.0.0.1:8317"};
  options.port = std::stoi(port);
  return {};
}

// Lines of the audit log: whole ones, behind what is there already. What cannot be written is said once,
// until it can be again: the server goes on.
Result<std::function<void(const std::string&)>> audit_log(const std::string& path,
                                                          const std::vector<std::filesystem::path>& avatars) {
  std::vector<NamedFile> inputs;
  for (const auto& avatar : avatars) inputs.push_back({"--avatar", avatar});
  const NamedFile output{"--audit-log", path};
  FRAMEGEN_TRY(check_outputs(inputs, {&output, 1}));
  std::shared_ptr<std::FILE> file(stdout, [](std::FILE*) {});
  if (path != "-") {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (descriptor < 0)
      return Error{ErrorCode::kBadOutput, path, std::string("cannot be written: ") + std::strerror(errno),
                   "name another --audit-log"};
    file = std::shared_ptr<std::FILE>(::fdopen(descriptor, "a"), std::fclose);
  }
  return std::function([file, path, said = false](const std::string& line) mutable {
    const bool written =
        std::fwrite(line.data(), 1, line.size(), file.get()) == line.size() && std::fflush(file.get()) == 0;
    if (!written && !said)
      std::fprintf(stderr,
                   "framegen serve: --audit-log %s cannot be written (%s): make room; lines are lost\n",
                   path.c_str(), std::strerror(errno));
    said = !written;
    std::clearerr(file.get());
  });
}

Status run(ServeWords& words) {
  server::ServerOptions& options = words.server;
  FRAMEGEN_TRY(parse_listen(words.listen, options));
  if (options.token.empty() && std::getenv("FRAMEGEN_TOKEN") != nullptr)
    options.token = std::getenv("FRAMEGEN_TOKEN");
  if (words.port >= 0) options.port = words.port;
  options.engine = FRAMEGEN_TRY(words.engine.options());
  options.engine.map_image_parts = false;  // a file that is cut is not to end everybody's session
  options.engine.sandbox = FRAMEGEN_TRY(SandboxWords().start());  // uploads are always strangers'
  options.voice = words.voice.options;
  options.max_upload_bytes = static_cast<std::size_t>(words.max_upload_mb) << 20;
  options.max_kept_bytes = static_cast<std::size_t>(words.max_kept_mb) << 20;
  if (words.avatars.empty()) words.avatars.emplace_back();
  for (const std::string& avatar : words.avatars) {
    options.avatars.push_back(FRAMEGEN_TRY(avatar_folder(avatar)));
    std::error_code ignored;
    for (std::size_t i = 0; i + 1 < options.avatars.size(); ++i)
      if (std::filesystem::equivalent(options.avatars[i], options.avatars.back(), ignored))
        return Error{ErrorCode::kBadUse, "--avatar " + avatar, "is given twice", "name each avatar once"};
  }
  if (!words.audit_log.empty()) options.audit = FRAMEGEN_TRY(audit_log(words.audit_log, options.avatars));
  (void)platform::keep_little_freed_memory();  // where it cannot be asked, nothing is lost but memory
  const auto server = FRAMEGEN_TRY(server::Server::create(options));
  const auto& state = server->state();
  for (const auto& avatar : state.avatars) tell_precision(avatar->info());
  std::fprintf(stderr,
               "framegen serve: http://%s:%d/ (%zu avatar(s), at most %d speaking at once; Ctrl-C ends it)\n",
               options.address.c_str(), server->port(), state.avatars.size(), state.options.max_sessions);
  server->run(interrupted);
  return {};
}

}  // namespace

void add_serve(CLI::App& program, int& exit_code) {
  auto words = std::make_shared<ServeWords>();
  CLI::App* command =
      program.add_subcommand("serve", "live sessions over WebSocket, renders over HTTP, and a page");
  command->add_option("--avatar", words->avatars, "the presenters: folders or names; default: ava");
  auto* listen = command->add_option("--listen", words->listen, "address and port; port 0: any free one")
                     ->capture_default_str();
  command->add_option("--port", words->port, "the port alone, on this machine's own address")
      ->check(CLI::Range(0, 65535))
      ->excludes(listen);
  command->add_option(
      "--token", words->server.token,
      "who wants in must show it; also FRAMEGEN_TOKEN. Needed where others can reach the address");
  command->add_option("--allow-origin", words->server.origins,
                      "pages of these origins may use the server too");
  command
      ->add_option("--max-sessions", words->server.max_sessions,
                   "live sessions; 0: as many as this machine can feed")
      ->check(CLI::Range(0, 1000));
  command->add_option("--max-renders", words->server.max_renders, "renders at the same time")
      ->capture_default_str()
      ->check(CLI::Range(0, 100));
  command->add_option("--max-upload-mb", words->max_upload_mb, "of an upload")
      ->capture_default_str()
      ->check(CLI::Range(1, 4096));
  command->add_option("--max-render-s", words->server.max_render_s, "of speech in a render")
      ->capture_default_str()
      ->check(CLI::Range(1, 86400));
  command->add_option("--max-kept-mb", words->max_kept_mb, "of a video, and of all that wait to be fetched")
      ->capture_default_str()
      ->check(CLI::Range(1, 65536));
  command
      ->add_option("--webrtc-port", words->server.webrtc_port,
                   "UDP port of WebRTC; 0: the number of the other port")
      ->check(CLI::Range(0, 65535));
  command->add_option("--public-address", words->server.public_addresses,
                      "where others reach the UDP port, if not at the address they ask");
  command->add_option("--ice-server", words->server.ice_servers,
                      "told to WebRTC's watchers: stun:HOST:PORT or \"turn:HOST:PORT USER SECRET\"");
  command->add_option("--max-watchers", words->server.max_watchers, "over WebRTC, of all sessions together")
      ->capture_default_str()
      ->check(CLI::Range(0, 10000));
  command
      ->add_option("--max-per-address", words->server.max_per_address,
                   "sessions, uploads and renders of one address at once; 0: no share is kept")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000));
  command->add_flag("--behind-proxy", words->server.behind_proxy,
                    "who asks is the last of X-Forwarded-For, which your proxy writes");
  command->add_option(
      "--audit-log", words->audit_log,
      "a line of JSON for each answer, behind what is in this file: who, what, when, how long; "
      "- for the standard output");
  command->add_option("--drain-s", words->server.drain_s, "how long speech may go on after Ctrl-C")
      ->capture_default_str()
      ->check(CLI::Range(0, 3600));
  words->voice.add_to(*command);
  words->engine.precision = "auto";
  words->engine.add_to(*command);
  command->callback([words, &exit_code] {
    const Status status = run(*words);
    if (!status) exit_code = fail(status.error());
  });
}

}  // namespace framegen::app
