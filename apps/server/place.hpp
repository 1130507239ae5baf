// place.hpp: one of a limited number of places, given back with the object.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace framegen::server {

class Place {
 public:
  explicit Place(std::atomic<std::int64_t>& count) : count_(&count) { ++count; }
  Place(Place&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
  Place& operator=(Place&& other) noexcept {
    std::swap(count_, other.count_);
    return *this;
  }
  ~Place() {
    if (count_ != nullptr) --*count_;
  }

 private:
  std::atomic<std::int64_t>* count_;
};

}  // namespace framegen::server
