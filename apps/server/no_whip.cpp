// no_whip.cpp: a build without libsrtp publishes nothing.
#include "whip.hpp"

namespace framegen::server {

Result<std::unique_ptr<WhipPublisher>> open_whip(const WhipOptions& options) {
  return Error{ErrorCode::kBadUse, options.url.substr(0, options.url.find('?')), "this build has no WebRTC",
               "build it where libsrtp2-dev is installed, or stream to rtmp://…"};
}

}  // namespace framegen::server
