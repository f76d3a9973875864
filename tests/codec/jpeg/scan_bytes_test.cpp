// Entropy-coded bytes without the zeros stuffed behind FFs, beside those that were stuffed.
#include "codec/jpeg/scan_bytes.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace fovea {
namespace {

using codec::jpeg::ScanBytes;
using Scan = std::vector<std::uint8_t>;

// Of every `one_in`, about one is FF.
Scan random_scan(std::size_t size, unsigned one_in, unsigned seed) {
  std::mt19937 random(seed);
  Scan scan(size);
  for (std::uint8_t& byte : scan) byte = static_cast<std::uint8_t>(random() % one_in == 0 ? 0xff : random() % 256);
  return scan;
}

Scan stuffed(const Scan& scan) {
  Scan file;
  for (const std::uint8_t byte : scan) {
    file.push_back(byte);
    if (byte == 0xff) file.push_back(0);
  }
  return file;
}

struct Read {
  Scan bytes;
  std::size_t marker;
};

// Window by window, each read as far as its limit.
Read read(const Scan& file, std::size_t at) {
  ScanBytes scan;
  scan.begin(std::as_bytes(std::span(file)), at);
  Read read;
  const std::uint8_t* from = scan.start();
  while (!scan.complete()) {
    const std::uint8_t* const to = std::max(from, scan.limit());
    read.bytes.insert(read.bytes.end(), from, to);
    from = scan.fill(to);
  }
  read.bytes.insert(read.bytes.end(), from, scan.end());
  read.marker = scan.marker();
  return read;
}

void expect_read(const Scan& scan, const Scan& behind, const std::string& what) {
  Scan file = stuffed(scan);
  const std::size_t size = file.size();
  file.insert(file.end(), behind.begin(), behind.end());
  file.shrink_to_fit();
  const Read got = read(file, 0);
  EXPECT_EQ(got.bytes, scan) << what;
  EXPECT_EQ(got.marker, size) << what;
}

TEST(JpegScanBytes, AreThoseThatWereStuffed) {
  for (const unsigned one_in : {1u, 2u, 7u, 60u, 256u})
    for (const std::size_t size : {0, 1, 63, 64, 65, 127, 128, 129, 1000, 16383, 16384, 16385, 50000})
      expect_read(random_scan(size, one_in, static_cast<unsigned>(size)), {0xff, 0xd9},
                  std::to_string(size) + " bytes, of which one in " + std::to_string(one_in) + " is FF");
}

// An FF at any place of a vector, its zero in the next one too.
TEST(JpegScanBytes, HaveFfsAtAnyPlace) {
  for (std::size_t at = 0; at < 200; ++at) {
    Scan scan(400, 0);
    scan[at] = 0xff;
    expect_read(scan, {0xff, 0xd9}, "FF at " + std::to_string(at));
  }
}

TEST(JpegScanBytes, EndAtAMarkerAtAnyPlace) {
  for (std::size_t size = 0; size < 200; ++size)
    for (const unsigned marker : {0x01u, 0xd0u, 0xd9u, 0xffu}) {
      Scan behind(300, 7);
      behind[0] = 0xff;
      behind[1] = static_cast<std::uint8_t>(marker);
      expect_read(random_scan(size, 5, static_cast<unsigned>(size)), behind, std::to_string(size) + " bytes");
    }
}

TEST(JpegScanBytes, OfAFileThatEndsWithoutAMarkerAreAllItHas) {
  for (std::size_t size = 0; size < 200; ++size) {
    expect_read(Scan(size, 3), {}, std::to_string(size) + " bytes");
    expect_read(random_scan(size, 5, 1), {0xff}, std::to_string(size) + " bytes and an FF");
  }
}

}  // namespace
}  // namespace fovea
