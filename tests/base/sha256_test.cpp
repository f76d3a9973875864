#include "base/sha256.h"

#include <gtest/gtest.h>

#include <string_view>
#include <utility>

namespace fovea {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// FIPS 180-4 examples.
TEST(Sha256, PublishedDigests) {
  EXPECT_EQ(sha256_hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex(bytes_of("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, PiecesAndReuse) {
  Sha256 digest;
  const std::string million(1000000, 'a');
  for (std::string_view rest = million; !rest.empty();) {
    const std::string_view piece = rest.substr(0, 777);
    digest.update(bytes_of(piece));
    rest.remove_prefix(piece.size());
  }
  Sha256 moved = std::move(digest);
  EXPECT_EQ(moved.hex(), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  moved.update(bytes_of("abc"));
  EXPECT_EQ(moved.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, ADigestSoFarDoesNotEndIt) {
  Sha256 digest;
  EXPECT_EQ(digest.so_far(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  digest.update(bytes_of("a"));
  static_cast<void>(digest.so_far());
  digest.update(bytes_of("bc"));
  EXPECT_EQ(digest.so_far(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace fovea
