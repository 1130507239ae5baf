// render_connection.hpp: POST /v1/render: progress as events, or patience; then the video.
#pragma once

#include <deque>

#include "connection.hpp"
#include "render_task.hpp"

namespace framegen::server {

class RenderConnection : public Connection, public std::enable_shared_from_this<RenderConnection> {
 public:
  struct Wish {
    bool events = false;          // progress is wanted, and a URL instead of the video
    bool understands_1xx = true;  // HTTP/1.1
  };
  RenderConnection(Shared& shared, beast::tcp_stream stream, Wish wish);
  ~RenderConnection() override;
  void start(std::shared_ptr<const Avatar> avatar, std::string upload);
  void drain() override {}  // the server waits for it, as long as its patience lasts
  void drop() override { hang_up(); }

 private:
  void watch();
  void on_readable();
  void ask_whether_it_listens();
  void hang_up();
  void on_progress(const Progress& progress);
  void on_rendered(Result<std::string> video);
  // Raw bytes of the event stream; empty: the last.
  void write(std::string bytes);
  void write_next();

  beast::tcp_stream stream_;
  Wish wish_;
  std::deque<std::string> out_;
  std::size_t unread_bytes_ = 0;             // that came after the request
  std::shared_ptr<RenderConnection> alive_;  // until it is rendered, or nobody waits for it any more
  std::unique_ptr<RenderTask> task_;
  std::optional<Place> place_;  // until it is rendered, not until that was heard
};

}  // namespace framegen::server
