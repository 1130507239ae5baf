// http_send.hpp: an answer onto a socket, and a close that does not lose it.
#pragma once

#include "answers.hpp"
#include "connection.hpp"

namespace framegen::server {

// `owner` keeps the stream alive until it is done. `head`: without the body.
void send_and_close(const std::shared_ptr<void>& owner, beast::tcp_stream& stream, Answer answer, bool head);
// Sends no more, reads on until the other side has closed: an answer given before the request's end would be
// lost with a socket that is closed on unread bytes.
void close_gently(const std::shared_ptr<void>& owner, beast::tcp_stream& stream);

}  // namespace framegen::server
