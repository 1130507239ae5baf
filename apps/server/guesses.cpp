// guesses.cpp: a window of a minute for each address, begun by its first wrong token.
#include "guesses.hpp"

#include <algorithm>

namespace framegen::server {

int Guesses::wait_s(const std::string& address, Clock::time_point now) const {
  const auto found = guessers_.find(address);
  if (found == guessers_.end() || found->second.wrong < kMost) return 0;
  const auto left = found->second.since + kWindow - now;
  return static_cast<int>(std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::seconds>(left).count()));
}

void Guesses::add(const std::string& address, Clock::time_point now) {
  const auto known = guessers_.find(address);
  if (known == guessers_.end() && guessers_.size() == kMostAddresses)
    guessers_.erase(std::min_element(guessers_.begin(), guessers_.end(), [](const auto& a, const auto& b) {
      return a.second.since < b.second.since;
    }));
  Guesser& guesser = guessers_[address];
  if (guesser.wrong == 0 || now - guesser.since >= kWindow) guesser = {now, 0};
  ++guesser.wrong;
}

}  // namespace framegen::server
