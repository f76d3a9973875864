#include "codec/jpeg/coefficient_reader.h"

#include <vector>

#include "codec/jpeg/headers.h"
#include "codec/jpeg/scan_bytes.h"
#include "codec/jpeg/sequential.h"

namespace fovea::codec::jpeg {

struct CoefficientReader::State {
  Bytes bytes;
  Headers headers;
  ScanBytes scan;
  std::array<ComponentTables, 3> tables;
  std::array<ComponentTables*, 3> tables_of = {};  // components; those with the same codes share them
  std::array<bool, 3> dc_only = {};
  std::array<std::vector<std::int16_t>, 3> rows;  // of blocks, of each component
  ScanState at;
  int row = 0;         // of MCUs, the next
  int to_restart = 0;  // MCUs
  int restarts = 0;
  bool ours = false;

  int size_of(std::size_t c) const { return dc_only[c] ? 1 : 64; }
  bool set_tables(std::size_t c);
  McuBlocks first_blocks();
  void begin_segment(std::size_t at_byte);
  bool segment_is_used_up() const;
  bool pass_restart();
  bool read_row();
};

namespace {

bool has_codes(const Headers& h) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(h.scan.count); ++i)
    if (!h.dc[static_cast<std::size_t>(h.scan.parts[i].dc)].defined ||
        !h.ac[static_cast<std::size_t>(h.scan.parts[i].ac)].defined)
      return false;
  return true;
}

bool is_whole_scan(const Headers& h) {
  const Scan& scan = h.scan;
  return scan.count == h.frame.count && scan.first == 0 && scan.last == 63 && scan.high == 0 && scan.low == 0;
}

// Every block takes two bits at least; a file of fewer is not worth its picture's memory.
bool has_bits_enough(const Headers& h, std::size_t bytes) {
  std::uint64_t blocks = 0;
  for (std::size_t c = 0; c < static_cast<std::size_t>(h.frame.count); ++c)
    blocks += static_cast<std::uint64_t>(h.frame.components[c].blocks_across) *
              static_cast<std::uint64_t>(h.frame.components[c].blocks_down);
  return blocks <= (bytes - h.data) * 4;
}

}  // namespace

bool CoefficientReader::State::set_tables(std::size_t c) {
  const Scan::Part& part = headers.scan.parts[c];
  for (std::size_t i = 0; i < c; ++i)
    if (headers.scan.parts[i].dc == part.dc && headers.scan.parts[i].ac == part.ac) {
      tables_of[c] = tables_of[i];
      return true;
    }
  tables_of[c] = &tables[c];
  return tables[c].set(headers.dc[static_cast<std::size_t>(part.dc)], headers.ac[static_cast<std::size_t>(part.ac)]);
}

// The blocks of the first MCU in the rows.
McuBlocks CoefficientReader::State::first_blocks() {
  McuBlocks mcu;
  for (std::size_t c = 0; c < static_cast<std::size_t>(headers.frame.count); ++c) {
    const Component& component = headers.frame.components[c];
    for (int v = 0; v < component.v; ++v)
      for (int h = 0; h < component.h; ++h) {
        McuBlocks::Block& block = mcu.blocks[static_cast<std::size_t>(mcu.count++)];
        block.tables = tables_of[c];
        block.component = static_cast<int>(c);
        block.dc_only = dc_only[c];
        block.to = rows[c].data() + (v * component.blocks_across + h) * size_of(c);
        block.step = component.h * size_of(c);
      }
  }
  return mcu;
}

void CoefficientReader::State::begin_segment(std::size_t at_byte) {
  scan.begin(bytes, at_byte);
  at.bits = BitReader{.at = scan.start()};
  at.dc = {};
  to_restart = headers.restart_interval;
}

// No byte is missing and none is left over, of a segment that has been read.
bool CoefficientReader::State::segment_is_used_up() const {
  if (!scan.complete()) return false;
  const std::int64_t left = at.bits.left(scan.end());
  return left >= 0 && left < 8;
}

bool CoefficientReader::State::pass_restart() {
  const std::size_t marker = scan.marker();
  if (!segment_is_used_up() || bytes.size() - marker < 2) return false;
  if (std::to_integer<int>(bytes[marker + 1]) != 0xd0 + (restarts++ & 7)) return false;
  begin_segment(marker + 2);
  return true;
}

bool CoefficientReader::State::read_row() {
  McuBlocks blocks = first_blocks();
  int left = headers.frame.mcus_across;
  while (left) {
    if (headers.restart_interval && !to_restart && !pass_restart()) return false;
    const int most = headers.restart_interval ? std::min(left, to_restart) : left;
    const int done = decode_mcus(blocks, at, scan.limit(), most);
    left -= done;
    to_restart -= done;
    if (at.bad) return false;
    if (done == most) continue;
    if (scan.complete()) return false;
    at.bits.at = scan.fill(at.bits.at);
  }
  return true;
}

CoefficientReader::CoefficientReader() : state_(std::make_unique<State>()) {}
CoefficientReader::~CoefficientReader() = default;
CoefficientReader::CoefficientReader(CoefficientReader&&) noexcept = default;
CoefficientReader& CoefficientReader::operator=(CoefficientReader&&) noexcept = default;

bool CoefficientReader::open(Bytes bytes) {
  State& s = *state_;
  s.bytes = bytes;
  s.headers = {};
  s.ours = bytes.size() > 4 && bytes[0] == std::byte{0xff} && bytes[1] == std::byte{0xd8} &&
           read_segments(bytes, 2, s.headers) == Found::scan && !s.headers.frame.progressive &&
           is_whole_scan(s.headers) && has_codes(s.headers) && has_bits_enough(s.headers, bytes.size());
  return s.ours;
}

const Frame& CoefficientReader::frame() const {
  return state_->headers.frame;
}

std::int64_t CoefficientReader::coefficient_bytes() const {
  return 0;
}

bool CoefficientReader::start(const std::array<bool, 3>& dc_only, const std::shared_ptr<Memory>&) {
  State& s = *state_;
  s.dc_only = dc_only;
  for (std::size_t c = 0; s.ours && c < static_cast<std::size_t>(s.headers.frame.count); ++c) {
    s.ours = s.set_tables(c);
    if (s.ours && dc_only[c]) s.tables_of[c]->set_skip();
    const Component& component = s.headers.frame.components[c];
    s.rows[c].resize(static_cast<std::size_t>(component.v * component.blocks_across * s.size_of(c)));
  }
  s.row = s.restarts = 0;
  s.at = {};
  if (s.ours) s.begin_segment(s.headers.data);
  return s.ours;
}

bool CoefficientReader::next(McuRow& row) {
  State& s = *state_;
  if (!s.ours || s.row == s.headers.frame.mcus_down) return false;
  s.ours = s.read_row();
  if (!s.ours) return false;
  ++s.row;
  for (std::size_t c = 0; c < 3; ++c) row.blocks[c] = s.rows[c].data();
  return true;
}

bool CoefficientReader::finish() {
  State& s = *state_;
  for (McuRow row; next(row);) {
  }
  if (!s.ours) return false;
  s.ours = s.segment_is_used_up() && read_segments(s.bytes, s.scan.marker(), s.headers) == Found::end;
  return s.ours;
}

}  // namespace fovea::codec::jpeg
