#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "codec/codec.h"
#include "codec/jpeg/coefficient_reader.h"
#include "support/libjpeg_coefficients.h"

using namespace fovea;

namespace {

constexpr std::int64_t most_pixels = 1 << 16;

void expect(bool good) {
  if (!good) __builtin_trap();
}

// Coefficients that are ours are libjpeg-turbo's, which has nothing to say against the file.
void compare_coefficients(std::string_view file) {
  thread_local codec::jpeg::CoefficientReader reader;
  if (!reader.open(std::as_bytes(std::span(file)))) return;
  const codec::jpeg::Frame& frame = reader.frame();
  if (std::int64_t{frame.width} * frame.height > most_pixels || !reader.start({}, host_memory())) return;
  std::array<std::vector<std::int16_t>, 3> ours;
  for (codec::jpeg::McuRow row; reader.next(row);)
    for (std::size_t c = 0; c < static_cast<std::size_t>(frame.count); ++c) {
      const int count = 64 * frame.components[c].v * frame.components[c].blocks_across;
      ours[c].insert(ours[c].end(), row.blocks[c], row.blocks[c] + count);
    }
  if (!reader.finish()) return;
  const auto wanted = test::libjpeg_coefficients(file);
  expect(wanted.has_value());
  for (std::size_t c = 0; c < wanted->components.size(); ++c) expect(ours[c] == wanted->components[c].blocks);
}

Result<DecodedImage> decoded(std::string_view file, int shrink_to, bool portable) {
  if (portable)
    setenv("FOVEA_VARIANT", "portable", 1);
  else
    unsetenv("FOVEA_VARIANT");
  DecodeOptions options;
  options.shrink_to = shrink_to;
  options.limits.max_pixels = most_pixels;
  options.limits.max_scans = 20;
  return decode(std::as_bytes(std::span(file)), options);
}

}  // namespace

// The last byte, which may lie behind the picture, chooses a scale: coefficients and pixels are libjpeg-turbo's, or the
// file is its to refuse.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr int shorter_sides[] = {0, 4, 8, 15};  // of pictures of about 30 rows: all scales
  if (size == 0) return 0;
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  compare_coefficients(file);
  const int shrink_to = shorter_sides[data[size - 1] % 4];
  const Result<DecodedImage> wanted = decoded(file, shrink_to, true), ours = decoded(file, shrink_to, false);
  // At an eighth, damage in scans that are not needed is not seen.
  if (ours && !wanted && shrink_to) return 0;
  expect(static_cast<bool>(ours) == static_cast<bool>(wanted));
  if (!ours) {
    expect(ours.error().code() == wanted.error().code());
    return 0;
  }
  const Array &a = ours.value().pixels, &b = wanted.value().pixels;
  expect(a.shape() == b.shape() && std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size())) == 0);
  return 0;
}
