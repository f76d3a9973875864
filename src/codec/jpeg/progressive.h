#pragma once
#include <array>
#include <cstdint>
#include <functional>

#include "codec/jpeg/headers.h"
#include "codec/jpeg/progressive_scan.h"
#include "codec/jpeg/segments.h"

namespace fovea::codec::jpeg {

// Decodes the scans of a progressive file into coefficients of the whole picture (T.81, annex G).
class ProgressiveDecoder {
 public:
  // Of a component, `blocks_down` rows of `blocks_across` blocks, all zeros to begin with: of 64 coefficients, or of
  // the DC alone, whose AC scans are then passed over unread.
  struct Plane {
    std::int16_t* blocks = nullptr;
    bool dc_only = false;
  };

  // From the first scan, which `headers` has just found, to the end marker. False: the file is damaged or unusual, or
  // leaves some bits of some coefficient unsaid (libjpeg smooths such pictures), or `stop` has said to give up.
  bool decode(Bytes bytes, Headers& headers, const std::array<Plane, 3>& planes, const std::function<bool()>& stop);

 private:
  bool begin_scan(const Headers&);
  bool decode_scan(Bytes, const Headers&);
  bool decode_dc(const Headers&);
  bool decode_ac(const Headers&);
  bool all_is_known(const Frame&) const;
  bool stopped() const { return stop_ && stop_(); }

  std::array<Plane, 3> planes_;
  std::function<bool()> stop_;
  std::array<std::array<std::int8_t, 64>, 3> unknown_;  // of each coefficient, the bits still unknown; -1: all
  Segments segments_;
  std::array<SymbolTable, 3> dc_;
  SymbolTable ac_symbols_;
  AcTable ac_pairs_;
};

}  // namespace fovea::codec::jpeg
