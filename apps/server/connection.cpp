// connection.cpp: who has to go where places are short.
#include "connection.hpp"

#include <algorithm>
#include <map>

namespace framegen::server {
namespace {

bool older(const Connection* a, const Connection* b) { return b == nullptr || a->since() < b->since(); }

// Its place is free at once; the socket's handlers are told later.
bool replace(Shared& shared, Connection* connection) {
  if (connection == nullptr) return false;
  shared.connections.erase(connection);
  connection->drop();
  return true;
}

}  // namespace

bool make_room(Shared& shared) {
  struct Visitors {
    int count = 0;
    Connection* oldest = nullptr;
  };
  std::map<net::ip::address, Visitors> by_address;
  const Visitors* most = nullptr;
  for (Connection* connection : shared.connections) {
    if (!connection->may_be_replaced()) continue;
    Visitors& visitors = by_address[connection->address()];
    ++visitors.count;
    if (older(connection, visitors.oldest)) visitors.oldest = connection;
    if (most == nullptr || visitors.count > most->count) most = &visitors;
  }
  return most != nullptr && replace(shared, most->oldest);
}

void Connection::audit(int status) {
  const auto& write = state().options.audit;
  if (!write || asked_.method.empty()) return;
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - asked_.since);
  write(audit_line(asked_, address_.to_string(), status, std::chrono::system_clock::now(), took));
  asked_.method.clear();
}

int others_of_address(const Shared& shared, const Connection& one) {
  return static_cast<int>(
      std::count_if(shared.connections.begin(), shared.connections.end(), [&](const Connection* other) {
        const bool busy = !other->may_be_replaced() || other->is_unstarted_session();
        return other != &one && busy && other->address() == one.address();
      }));
}

bool make_room_for_session(Shared& shared) {
  Connection* oldest = nullptr;
  for (Connection* connection : shared.connections)
    if (connection->is_unstarted_session() && older(connection, oldest)) oldest = connection;
  return replace(shared, oldest);
}

}  // namespace framegen::server
