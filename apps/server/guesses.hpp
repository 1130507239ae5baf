// guesses.hpp: who shows wrong tokens again and again has to wait.
#pragma once

#include <chrono>
#include <map>
#include <string>

namespace framegen::server {

// Wrong tokens by address, of the last minute. Not thread-safe: the server's one thread asks it.
class Guesses {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr int kMost = 20;  // in a minute; a visitor's mistakes are fewer
  static constexpr std::chrono::seconds kWindow{60};
  static constexpr std::size_t kMostAddresses = 1024;  // the one that guessed first is forgotten

  // Seconds until a token of this address is looked at again, right or wrong; 0: it is now.
  int wait_s(const std::string& address, Clock::time_point now) const;
  void add(const std::string& address, Clock::time_point now);

 private:
  struct Guesser {
    Clock::time_point since;
    int wrong = 0;
  };
  std::map<std::string, Guesser> guessers_;
};

}  // namespace framegen::server
