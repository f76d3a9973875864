#pragma once
#include <vector>

#include "codec/admission.h"
#include "codec/row_sink.h"
#include "fovea/array.h"

namespace fovea::codec {

// Where a decoder's rows go: into a whole picture, or strip by strip to a sink.
class RowOutput {
 public:
  struct Size {
    std::int64_t height, width, channels;
    std::int64_t rows_at_once;  // that the decoder makes
    std::int64_t beside = 0;    // bytes that it needs beside the pixels
  };
  // Asks the sink, which may be null, and the admission. Nothing may have been allocated.
  static Result<RowOutput> make(const ImageInfo&, const Size&, const Admission&, RowSink*);

  // The part that is wanted: the whole, or what the sink has said.
  const RowWindow& window() const { return window_; }
  // Before the first row: only the window's rows will come, from its top to its bottom, and only its columns matter.
  void only_window();
  // Begins anew, with all rows: those that came are void.
  void restart();

  // The next row, and behind it, without gaps, those up to `room()`, of which there is at least one before the last.
  std::uint8_t* next() const;
  std::int64_t room() const;
  void wrote(std::int64_t rows);  // from next() on

  Array picture() const { return whole_; }  // empty when the sink took the rows

 private:
  RowOutput(const Size& size, RowSink* sink, const RowWindow& window)
      : size_(size), sink_(sink), window_(window), end_(size.height) {}

  Size size_;
  RowSink* sink_;
  RowWindow window_;
  Array whole_, strip_;
  std::int64_t strip_rows_ = 0;          // at most; strips begin at multiples
  std::int64_t end_;                     // the row behind the last one to come
  std::int64_t first_ = 0, filled_ = 0;  // of the strip: its first row, and rows that are there
  ImageInfo info_;
  std::vector<const std::uint8_t*> rows_;
};

}  // namespace fovea::codec
