#include "device/cpu/transfer.h"

#include <algorithm>
#include <cstring>

#include "base/threads.h"

namespace fovea {
namespace {

constexpr std::int64_t grain = std::int64_t{1} << 20;  // bytes

}  // namespace

void run(const Transfer& t) {
  if (t.rows == 1) {
    parallel_for(static_cast<std::int64_t>(t.row_bytes), grain, [&](std::int64_t begin, std::int64_t end) {
      std::memcpy(t.to + begin, t.from + begin, static_cast<std::size_t>(end - begin));
    });
    return;
  }
  const std::int64_t rows_a_task = grain / std::max<std::int64_t>(1, static_cast<std::int64_t>(t.row_bytes)) + 1;
  parallel_for(static_cast<std::int64_t>(t.rows), rows_a_task, [&](std::int64_t begin, std::int64_t end) {
    for (auto row = static_cast<std::size_t>(begin); row < static_cast<std::size_t>(end); ++row)
      std::memcpy(t.to + row * t.to_pitch, t.from + row * t.from_pitch, t.row_bytes);
  });
}

void run(const Fill& f) {
  parallel_for(static_cast<std::int64_t>(f.bytes), grain, [&](std::int64_t begin, std::int64_t end) {
    std::memset(f.to + begin, static_cast<int>(f.value), static_cast<std::size_t>(end - begin));
  });
}

}  // namespace fovea
