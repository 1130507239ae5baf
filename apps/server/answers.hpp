// answers.hpp: what the server says over plain HTTP, apart from renders.
#pragma once

#include <string>
#include <string_view>

#include "state.hpp"

namespace framegen::server {

struct Answer {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  int retry_after_s = 0;  // in the Retry-After header; 0: none
};

Answer refused(int status, const Error& error);
// `method`: GET or POST. 404 for what is not there.
Answer answer(const State& state, std::string_view method, std::string_view target, const std::string& body);

}  // namespace framegen::server
