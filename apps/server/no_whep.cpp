// no_whep.cpp: a build without libsrtp has no WebRTC.
#include "whep.hpp"

namespace framegen::server {

Result<std::unique_ptr<Whep>> open_whep(Shared&) { return std::unique_ptr<Whep>(); }

}  // namespace framegen::server
