// render_connection.cpp: who hangs up takes the render along.
#include "render_connection.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>

#include "http_send.hpp"
#include "protocol.hpp"

namespace framegen::server {

RenderConnection::RenderConnection(Shared& shared, beast::tcp_stream stream, bool events)
    : Connection(shared), stream_(std::move(stream)), events_(events) {
  ++metrics().renders;
  ++metrics().renders_total;
}

RenderConnection::~RenderConnection() { --metrics().renders; }

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
  task_ = std::make_unique<RenderTask>(state(), std::move(avatar), std::move(upload), std::move(ways));
  stream_.expires_never();
  alive_ = shared_from_this();
  stream_.socket().async_wait(tcp::socket::wait_read,
                              [self = shared_from_this()](error_code) { self->alive_.reset(); });
  if (events_)
    write(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: "
        "close\r\n\r\n");
}

void RenderConnection::drop() {
  const auto self = std::move(alive_);
  error_code ignored;
  stream_.socket().close(ignored);
}

void RenderConnection::on_progress(const Progress& progress) {
  if (!events_) return;
  nlohmann::json json{{"frames", progress.frames_done}, {"elapsed_s", progress.elapsed_s}};
  if (progress.frames_all) json["frames_all"] = *progress.frames_all;
  write("event: progress\ndata: " + json.dump() + "\n\n");
}

void RenderConnection::on_rendered(Result<std::string> video) {
  const auto self = std::move(alive_);
  if (self == nullptr) return;
  error_code ignored;
  stream_.socket().cancel(ignored);
  if (events_) {
    const nlohmann::json done{
        {"url", video ? "/v1/renders/" + state().finished_renders.put(*std::move(video)) : ""}};
    write((video ? "event: done\ndata: " + done.dump()
                 : "event: error\ndata: " + error_message(video.error())) +
          "\n\n");
    return write("");
  }
  if (video) return send_and_close(self, stream_, {200, "video/mp4", *std::move(video), 0}, false);
  const int status = video.error().code == ErrorCode::kBadInput ? 400 : 500;
  send_and_close(self, stream_, refused(status, video.error()), false);
}

void RenderConnection::write(std::string bytes) {
  out_.push_back(std::move(bytes));
  if (out_.size() == 1) write_next();
}

void RenderConnection::write_next() {
  if (out_.front().empty()) return close_gently(shared_from_this(), stream_);
  stream_.expires_after(kHttpPatience);
  net::async_write(stream_, net::buffer(out_.front()),
                   [self = shared_from_this()](error_code error, std::size_t) {
                     if (error) return self->alive_.reset();
                     self->stream_.expires_never();
                     self->out_.pop_front();
                     if (!self->out_.empty()) self->write_next();
                   });
}

}  // namespace framegen::server
