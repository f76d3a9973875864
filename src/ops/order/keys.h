#pragma once
#include <limits>
#include <type_traits>

#include "ops/order/lines.h"

// Elements as unsigned keys in the order of sort(): integers compare them at once, and every answer is unique.
namespace fovea::ops {

template <class R, class U, bool Signed>
struct IntegerKey {
  using Raw = R;
  using Key = U;
  static constexpr Key flip = Signed ? static_cast<Key>(Key{1} << (8 * sizeof(Key) - 1)) : Key{0};
  bool descending = false;
  Key of(Raw raw) const {
    const Key key = static_cast<Key>(static_cast<Key>(raw) ^ flip);
    return descending ? static_cast<Key>(~key) : key;
  }
  Raw back(Key key) const { return static_cast<Raw>((descending ? static_cast<Key>(~key) : key) ^ flip); }
  static bool nan(Key) { return false; }
};

// Raw bits of a binary floating type whose infinity is `Infinity`; every NaN has the greatest key.
template <class U, U Infinity, U QuietNan>
struct FloatKey {
  using Raw = U;
  using Key = U;
  static constexpr Key sign = static_cast<Key>(Key{1} << (8 * sizeof(Key) - 1)), greatest = static_cast<Key>(~Key{0});
  bool descending = false;
  Key of(Raw raw) const {
    const Key mask = static_cast<Key>((raw & sign) != 0 ? greatest : sign);
    const Key key = static_cast<Key>(raw ^ mask);
    const Key ordered = descending ? static_cast<Key>(~key) : key;
    return (raw & ~sign & greatest) > Infinity ? greatest : ordered;
  }
  Raw back(Key key) const {
    if (key == greatest) return QuietNan;
    const Key up = descending ? static_cast<Key>(~key) : key;
    return static_cast<Raw>((up & sign) != 0 ? up ^ sign : up ^ greatest);
  }
  static bool nan(Key key) { return key == greatest; }
};

// f(key) with the key of a real type.
template <class F>
void with_key(DType dtype, bool descending, const F& f) {
  switch (dtype) {
    case DType::boolean:
    case DType::u8:
      return f(IntegerKey<std::uint8_t, std::uint8_t, false>{descending});
    case DType::i8:
      return f(IntegerKey<std::int8_t, std::uint8_t, true>{descending});
    case DType::u16:
      return f(IntegerKey<std::uint16_t, std::uint16_t, false>{descending});
    case DType::i16:
      return f(IntegerKey<std::int16_t, std::uint16_t, true>{descending});
    case DType::i32:
      return f(IntegerKey<std::int32_t, std::uint32_t, true>{descending});
    case DType::i64:
      return f(IntegerKey<std::int64_t, std::uint64_t, true>{descending});
    case DType::f16:
      return f(FloatKey<std::uint16_t, 0x7C00, 0x7E00>{descending});
    case DType::bf16:
      return f(FloatKey<std::uint16_t, 0x7F80, 0x7FC0>{descending});
    case DType::f32:
      return f(FloatKey<std::uint32_t, 0x7F800000u, 0x7FC00000u>{descending});
    default:
      return f(FloatKey<std::uint64_t, 0x7FF0000000000000u, 0x7FF8000000000000u>{descending});
  }
}

inline void require_real(std::string_view op, DType dtype) {
  require(!is_complex(dtype), op, "expected a real type, got " + std::string(name(dtype)));
}

}  // namespace fovea::ops
