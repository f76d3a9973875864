#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace fovea {

// SHA-256 of bytes that come in pieces. One thread at a time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::span<const std::byte> bytes);
  std::string hex();           // 64 lower-case digits; starts over
  std::string so_far() const;  // the same, and goes on

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_hex(std::span<const std::byte> bytes);

}  // namespace fovea
