// connection.cpp: who has to go where places are short.
#include "connection.hpp"

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

bool make_room_for_session(Shared& shared) {
  Connection* oldest = nullptr;
  for (Connection* connection : shared.connections)
    if (connection->is_unstarted_session() && older(connection, oldest)) oldest = connection;
  return replace(shared, oldest);
}

}  // namespace framegen::server
