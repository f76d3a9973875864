#pragma once

// Multipliers of the inverse transforms, rounded to 13 bits behind the point; c(k) = cos(k pi / 16).
namespace fovea::codec::jpeg {

inline constexpr int dct_bits = 13, between_passes_bits = 2;

inline constexpr int fix_0_298631336 = 2446;
inline constexpr int fix_0_390180644 = 3196;
inline constexpr int fix_0_541196100 = 4433;
inline constexpr int fix_0_765366865 = 6270;
inline constexpr int fix_0_899976223 = 7373;
inline constexpr int fix_1_175875602 = 9633;
inline constexpr int fix_1_501321110 = 12299;
inline constexpr int fix_1_847759065 = 15137;
inline constexpr int fix_1_961570560 = 16069;
inline constexpr int fix_2_053119869 = 16819;
inline constexpr int fix_2_562915447 = 20995;
inline constexpr int fix_3_072711026 = 25172;

}  // namespace fovea::codec::jpeg
