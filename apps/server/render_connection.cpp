// render_connection.cpp: who hangs up takes the render along; who only has no more to say does not.
#include "render_connection.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>

#include "http_send.hpp"
#include "protocol.hpp"

namespace framegen::server {
namespace {

constexpr std::size_t kMostUnreadBytes = 64 << 10;
constexpr int kHungUp = 499;  // in the audit log alone, as nginx has it

int status_of(const Error& error) {
  if (error.code == ErrorCode::kBadInput) return 400;
  return error.code == ErrorCode::kBadUse ? 413 : 500;  // a limit of the server's
}

}  // namespace

RenderConnection::RenderConnection(Shared& shared, beast::tcp_stream stream, Wish wish)
    : Connection(shared, stream.socket()),
      stream_(std::move(stream)),
      wish_(wish),
      place_(metrics().renders) {
  ++metrics().renders_total;
}

RenderConnection::~RenderConnection() = default;

void RenderConnection::start(std::shared_ptr<const Avatar> avatar, std::string upload) {
  const std::weak_ptr<RenderConnection> weak = shared_from_this();
  auto& io = shared_.io;
  RenderTask::Ways ways;
  ways.progress = [weak, &io](Progress progress) {
    net::post(io, [weak, progress] {
      if (const auto self = weak.lock()) self->on_progress(progress);
    });
  };
  ways.ended = [weak, &io](Result<std::string> video) {
    net::post(io, [weak, video = std::move(video)]() mutable {
      if (const auto self = weak.lock()) self->on_rendered(std::move(video));
    });
  };
  auto task = RenderTask::start(state(), std::move(avatar), std::move(upload), std::move(ways));
  if (!task) {
    place_.reset();
    return send_and_close(shared_from_this(), stream_, refused(503, task.error()), false);
  }
  task_ = *std::move(task);
  stream_.expires_never();
  alive_ = shared_from_this();
  error_code ignored;
  stream_.socket().non_blocking(true, ignored);
  watch();
  if (wish_.events)
    write(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: "
        "close\r\n" +
        (origin().empty() ? "" : "Access-Control-Allow-Origin: " + origin() + "\r\nVary: Origin\r\n") +
        "\r\n");
}

// Does anything come while it is rendered? A request is over, so that nothing should.
void RenderConnection::watch() {
  stream_.socket().async_wait(tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
    if (!error) self->on_readable();
  });
}

void RenderConnection::on_readable() {
  if (!alive_) return;
  std::array<char, 4096> rest;
  error_code error;
  unread_bytes_ += stream_.socket().read_some(net::buffer(rest), error);
  if (error == net::error::would_block || (!error && unread_bytes_ < kMostUnreadBytes)) return watch();
  if (error == net::error::eof) return ask_whether_it_listens();
  hang_up();
}

// The end of what the other side sends is the end of a socket that was closed, and of one that was only shut
// down for writing and waits for the answer. Whoever was closed answers a word with a reset. Progress is such
// a word; else it is an interim response, which a client of HTTP/1.1 skips.
void RenderConnection::ask_whether_it_listens() {
  stream_.socket().async_wait(tcp::socket::wait_error, [self = shared_from_this()](error_code error) {
    if (!error) self->hang_up();
  });
  if (wish_.events || !wish_.understands_1xx) return;
  error_code ignored;
  stream_.socket().write_some(net::buffer(std::string_view("HTTP/1.1 102 Processing\r\n\r\n")), ignored);
}

void RenderConnection::hang_up() {
  const auto self = shared_from_this();
  if (alive_) audit(kHungUp);
  alive_.reset();
  error_code ignored;
  stream_.socket().close(ignored);
  // It may be in the middle of a batch of faces: nobody else waits for that. Its place is free when it is
  // over.
  if (task_)
    net::post(shared_.reaper,
              [task = std::move(task_), place = std::move(place_)]() mutable { task.reset(); });
  place_.reset();
}

void RenderConnection::on_progress(const Progress& progress) {
  if (!wish_.events || !alive_) return;
  nlohmann::json json{{"frames", progress.frames_done}, {"elapsed_s", progress.elapsed_s}};
  if (progress.frames_all) json["frames_all"] = *progress.frames_all;
  write("event: progress\ndata: " + json.dump() + "\n\n");
}

void RenderConnection::on_rendered(Result<std::string> video) {
  const auto self = std::move(alive_);
  if (self == nullptr) return;
  task_.reset();  // its thread has nothing left to do
  place_.reset();
  error_code ignored;
  stream_.socket().cancel(ignored);
  if (wish_.events) {
    audit(200);
    const nlohmann::json done{
        {"url", video ? "/v1/renders/" + state().finished_renders.put(*std::move(video)) : ""}};
    write((video ? "event: done\ndata: " + done.dump()
                 : "event: error\ndata: " + error_message(video.error())) +
          "\n\n");
    return write("");
  }
  if (!video) return send_and_close(self, stream_, refused(status_of(video.error()), video.error()), false);
  send_and_close(self, stream_, {200, "video/mp4", *std::move(video)}, false);
}

void RenderConnection::write(std::string bytes) {
  out_.push_back(std::move(bytes));
  if (out_.size() == 1) write_next();
}

void RenderConnection::write_next() {
  if (out_.front().empty()) return close_gently(shared_from_this(), stream_);
  stream_.expires_after(patience());
  net::async_write(stream_, net::buffer(out_.front()),
                   [self = shared_from_this()](error_code error, std::size_t) {
                     if (error) return self->hang_up();
                     self->stream_.expires_never();
                     self->out_.pop_front();
                     if (!self->out_.empty()) self->write_next();
                   });
}

}  // namespace framegen::server
