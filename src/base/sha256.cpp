#include "base/sha256.h"

#include <openssl/evp.h>

#include <array>

#include "fovea/error.h"

namespace fovea {
namespace {

void require(int ok) {
  if (ok != 1) throw Error(Errc::internal, "sha256: the digest of OpenSSL failed");
}

}  // namespace

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() {
    if (context == nullptr) throw Error(Errc::out_of_memory, "sha256: cannot allocate a digest");
  }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  void start() { require(EVP_DigestInit_ex(context, EVP_sha256(), nullptr)); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  state_->start();
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::span<const std::byte> bytes) {
  require(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()));
}

std::string Sha256::hex() {
  std::string text = so_far();
  state_->start();
  return text;
}

std::string Sha256::so_far() const {
  const State copy;
  require(EVP_MD_CTX_copy_ex(copy.context, state_->context));
  std::array<unsigned char, 32> digest{};
  require(EVP_DigestFinal_ex(copy.context, digest.data(), nullptr));
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (unsigned char byte : digest) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string sha256_hex(std::span<const std::byte> bytes) {
  Sha256 digest;
  digest.update(bytes);
  return digest.hex();
}

}  // namespace fovea
