// whep.hpp: sessions that are watched over WebRTC, as HTTP asks for them (docs/live.md).
#pragma once

#include "answers.hpp"
#include "connection.hpp"
#include "live_link.hpp"

namespace framegen::server {

// All of it runs on the thread of Shared::io.
class Whep {
 public:
  virtual ~Whep() = default;
  // A session whose words go over another way than HTTP, by whose owner it is ended.
  struct Owner {
    std::function<void(std::string)> text;       // on any thread
    std::function<std::size_t()> waiting_bytes;  // of texts; on any thread
    std::function<void()> ended;                 // it is over, and its link gone
    std::optional<Place> place;
  };
  struct Begun {
    std::string id;
    LiveLink* link;  // until end(), or until `ended` was called
  };
  virtual Result<Begun> begin(const Start& start, Owner owner) = 0;
  virtual void end(const std::string& id) = 0;
  // POST /v1/whep: an offer, and the address at which it came in.
  virtual Answer watch(std::string_view target, const std::string& offer, const net::ip::address& here) = 0;
  // DELETE of what watch() named.
  virtual Answer leave(std::string_view path) = 0;
  // PATCH of the same: new names of its ICE agent, which begins anew. Candidates are taken and not needed, as
  // every address is answered that proves who it is.
  struct Fragment {
    const std::string& text;
    std::string_view type, if_match;  // headers
  };
  virtual Answer trickle(std::string_view path, const Fragment& fragment) = 0;
  // POST /v1/sessions/ID/control, a text of framegen.v1, and …/audio, samples.
  virtual Answer control(std::string_view path, const std::string& body) = 0;
  // As of a Connection.
  virtual void drain() = 0;
  virtual void drop() = 0;
  virtual bool is_empty() const = 0;
};

// Null: this build has no WebRTC. Errors: kBadUse (its port cannot be listened on), kInternal.
Result<std::unique_ptr<Whep>> open_whep(Shared& shared);

}  // namespace framegen::server
