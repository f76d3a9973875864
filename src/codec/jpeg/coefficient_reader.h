#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <memory>

#include "codec/codec.h"
#include "codec/jpeg/frame.h"

namespace fovea::codec::jpeg {

// Decodes the entropy-coded part of a JPEG: its quantised coefficients, equal to libjpeg-turbo's, a row of MCUs at a
// time. Huffman files of 8 bits, sequential with one scan or progressive: grey, or three components of which the first
// may be sampled twice in each direction. Whatever else a file is (another kind, damaged, unusual), the answer is "not
// ours", and the file is libjpeg-turbo's to decode or to refuse. One thread at a time; a reader may be used for any
// number of files in turn and keeps its memory.
class CoefficientReader {
 public:
  CoefficientReader();
  ~CoefficientReader();
  CoefficientReader(CoefficientReader&&) noexcept;
  CoefficientReader& operator=(CoefficientReader&&) noexcept;

  // Reads the headers up to the first scan. False: not ours. `bytes` must outlive the reading. Takes no memory of the
  // picture's size.
  bool open(Bytes bytes);

  const Frame& frame() const;

  // Bytes that start() takes from its memory: the coefficients of a progressive picture, else 0.
  std::int64_t coefficient_bytes(const std::array<bool, 3>& dc_only) const;

  // Once, between open() and next(). Of a component for which dc_only is set, rows hold one coefficient a block, its
  // DC, instead of 64; a progressive file's scans of its others are not read, and damage there is not seen. A
  // progressive file is decoded here, unless `stop`, asked now and then, says to give up. The frame is complete
  // afterwards. False: not ours, or stopped. Throws what the memory throws.
  bool start(const std::array<bool, 3>& dc_only, const std::shared_ptr<Memory>&,
             const std::function<bool()>& stop = {});

  // The next row of MCUs, good until the next call. False after the last row, and as soon as the file turns out to be
  // not ours.
  bool next(McuRow& row);

  // Reads what is left of the file without delivering it, and says whether all of it, to its end marker, was in order.
  // If not, every row delivered so far is to be dropped.
  bool finish();

  // Gives back what start() has taken from its memory, and forgets the file.
  void close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fovea::codec::jpeg
