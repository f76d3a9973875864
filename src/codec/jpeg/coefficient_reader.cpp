#include "codec/jpeg/coefficient_reader.h"

#include <algorithm>
#include <vector>

#include "codec/jpeg/headers.h"
#include "codec/jpeg/progressive.h"
#include "codec/jpeg/sequential.h"

namespace fovea::codec::jpeg {

namespace {

std::size_t at(int index) {
  return static_cast<std::size_t>(index);
}

std::int64_t row_blocks(const Component& component) {
  return std::int64_t{component.v} * component.blocks_across;
}

std::int64_t plane_coefficients(const Frame& frame, const std::array<bool, 3>& dc_only) {
  std::int64_t sum = 0;
  for (std::size_t c = 0; c < at(frame.count); ++c)
    sum += row_blocks(frame.components[c]) * frame.mcus_down * (dc_only[c] ? 1 : 64);
  return sum;
}

bool has_codes(const Headers& h) {
  return std::all_of(h.scan.parts.begin(), h.scan.parts.begin() + h.scan.count,
                     [&](const Scan::Part& p) { return h.dc[at(p.dc)].defined && h.ac[at(p.ac)].defined; });
}

bool is_whole_scan(const Headers& h) {
  const Scan& scan = h.scan;
  return scan.count == h.frame.count && scan.first == 0 && scan.last == 63 && scan.high == 0 && scan.low == 0;
}

// Every block takes two bits at least, or one in a progressive file; a file of fewer is not worth its picture's memory.
bool has_bits_enough(const Headers& h, std::size_t bytes) {
  const std::int64_t blocks = plane_coefficients(h.frame, {true, true, true});
  return static_cast<std::uint64_t>(blocks) <= (bytes - h.data) * (h.frame.progressive ? 8 : 4);
}

}  // namespace

struct CoefficientReader::State {
  Bytes bytes;
  Headers headers;
  std::array<bool, 3> dc_only = {};
  int row = 0;  // of MCUs, the next
  bool ours = false;

  // A sequential file's.
  Segments segments;
  std::array<ComponentTables, 3> tables;
  std::array<ComponentTables*, 3> tables_of = {};  // components; those with the same codes share them
  std::array<std::vector<std::int16_t>, 3> rows;   // of blocks, of each component

  // A progressive file's.
  ProgressiveDecoder progressive;
  Array planes;
  std::array<const std::int16_t*, 3> plane_of = {};

  std::size_t count() const { return static_cast<std::size_t>(headers.frame.count); }
  int size_of(std::size_t c) const { return dc_only[c] ? 1 : 64; }
  // Coefficients of a row of MCUs.
  std::int64_t row_size(std::size_t c) const { return row_blocks(headers.frame.components[c]) * size_of(c); }

  bool start_sequential();
  bool set_tables(std::size_t c);
  McuBlocks first_blocks();
  bool read_row();
  bool read_progressive(const std::shared_ptr<Memory>&, const std::function<bool()>& stop);
};

bool CoefficientReader::State::set_tables(std::size_t c) {
  const Scan::Part& codes = headers.scan.parts[c];
  for (std::size_t i = 0; i < c; ++i)
    if (headers.scan.parts[i].dc == codes.dc && headers.scan.parts[i].ac == codes.ac) {
      tables_of[c] = tables_of[i];
      return true;
    }
  tables_of[c] = &tables[c];
  return tables[c].set(headers.dc[at(codes.dc)], headers.ac[at(codes.ac)]);
}

bool CoefficientReader::State::start_sequential() {
  for (std::size_t c = 0; c < count(); ++c) {
    if (!set_tables(c)) return false;
    if (dc_only[c]) tables_of[c]->set_skip();
    rows[c].resize(static_cast<std::size_t>(row_size(c)));
  }
  segments.begin(bytes, headers.data, headers.restart_interval);
  return true;
}

// The blocks of the first MCU in the rows.
McuBlocks CoefficientReader::State::first_blocks() {
  McuBlocks mcu;
  for (std::size_t c = 0; c < count(); ++c) {
    const Component& component = headers.frame.components[c];
    for (int v = 0; v < component.v; ++v)
      for (int h = 0; h < component.h; ++h)
        mcu.blocks[at(mcu.count++)] = {
            .tables = tables_of[c],
            .component = static_cast<int>(c),
            .dc_only = dc_only[c],
            .to = rows[c].data() + (v * component.blocks_across + h) * size_of(c),
            .step = component.h * size_of(c),
        };
  }
  return mcu;
}

bool CoefficientReader::State::read_row() {
  McuBlocks blocks = first_blocks();
  return segments.read(headers.frame.mcus_across, [&](ScanState& state, const std::uint8_t* limit, int most) {
    return decode_mcus(blocks, state, limit, most);
  });
}

bool CoefficientReader::State::read_progressive(const std::shared_ptr<Memory>& memory,
                                                const std::function<bool()>& stop) {
  planes = Array::zeros({plane_coefficients(headers.frame, dc_only)}, DType::i16, memory);
  std::int16_t* to = reinterpret_cast<std::int16_t*>(planes.data());
  std::array<ProgressiveDecoder::Plane, 3> all;
  for (std::size_t c = 0; c < count(); ++c) {
    all[c].blocks = to;
    all[c].dc_only = dc_only[c];
    plane_of[c] = to;
    to += row_size(c) * headers.frame.mcus_down;
  }
  return progressive.decode(bytes, headers, all, stop);
}

CoefficientReader::CoefficientReader() : state_(std::make_unique<State>()) {}
CoefficientReader::~CoefficientReader() = default;
CoefficientReader::CoefficientReader(CoefficientReader&&) noexcept = default;
CoefficientReader& CoefficientReader::operator=(CoefficientReader&&) noexcept = default;

bool CoefficientReader::open(Bytes bytes) {
  State& s = *state_;
  s.bytes = bytes;
  s.headers = {};
  s.planes = {};
  s.dc_only = {};
  const Headers& h = s.headers;
  s.ours = bytes.size() > 4 && bytes[0] == std::byte{0xff} && bytes[1] == std::byte{0xd8} &&
           read_segments(bytes, 2, s.headers) == Found::scan && has_bits_enough(h, bytes.size()) &&
           (h.frame.progressive || (is_whole_scan(h) && has_codes(h)));
  return s.ours;
}

const Frame& CoefficientReader::frame() const {
  return state_->headers.frame;
}

std::int64_t CoefficientReader::coefficient_bytes(const std::array<bool, 3>& dc_only) const {
  const Frame& of = state_->headers.frame;
  return of.progressive ? 2 * plane_coefficients(of, dc_only) : 0;
}

bool CoefficientReader::start(const std::array<bool, 3>& dc_only, const std::shared_ptr<Memory>& memory,
                              const std::function<bool()>& stop) {
  State& s = *state_;
  s.dc_only = dc_only;
  s.row = 0;
  if (s.ours) s.ours = s.headers.frame.progressive ? s.read_progressive(memory, stop) : s.start_sequential();
  return s.ours;
}

bool CoefficientReader::next(McuRow& row) {
  State& s = *state_;
  if (!s.ours || s.row == s.headers.frame.mcus_down) return false;
  const bool progressive = s.headers.frame.progressive;
  s.ours = progressive || s.read_row();
  if (!s.ours) return false;
  for (std::size_t c = 0; c < s.count(); ++c)
    row.blocks[c] = progressive ? s.plane_of[c] + s.row * s.row_size(c) : s.rows[c].data();
  ++s.row;
  return true;
}

bool CoefficientReader::finish() {
  State& s = *state_;
  if (s.headers.frame.progressive) return s.ours;
  for (McuRow row; next(row);) {
  }
  s.ours = s.ours && s.segments.used_up() && read_segments(s.bytes, s.segments.marker(), s.headers) == Found::end;
  return s.ours;
}

void CoefficientReader::close() {
  state_->planes = {};
  state_->bytes = {};
  state_->ours = false;
}

}  // namespace fovea::codec::jpeg
