// http_send.hpp: an answer onto a socket, and a close that does not lose it.
#pragma once

#include <functional>

#include "answers.hpp"
#include "connection.hpp"

namespace framegen::server {

// `owner` keeps the stream alive until it is done. `head`: without the body. `sent`: all of it was taken.
void send_and_close(const std::shared_ptr<Connection>& owner, beast::tcp_stream& stream, Answer answer,
                    bool head, std::function<void()> sent = {});
// Sends no more, reads on until the other side has closed, for a moment at most: an answer given before the
// request's end would be lost with a socket that is closed on unread bytes.
void close_gently(const std::shared_ptr<Connection>& owner, beast::tcp_stream& stream);

}  // namespace framegen::server
