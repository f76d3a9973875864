#include "array/print_format.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "array/element.h"
#include "array/print_float.h"

// The rules are those of NumPy's arrayprint.py: BoolFormat, IntegerFormat, FloatingFormat and ComplexFloatingFormat.
namespace fovea {
namespace {

std::string padded(std::string text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

// Arithmetic in the type: what a number of it becomes when it is stored.
double rounded(double value, DType dtype) {
  alignas(8) std::byte element[8];
  store_element("print", value, dtype, element);
  return std::get<double>(load_element(dtype, element).value());
}

// From here on a column of numbers is scientific.
double largest_positional(DType dtype) {
  switch (dtype) {
    case DType::f16:
      return 1e3;
    case DType::bf16:
      return 1e2;
    case DType::f32:
      return 1e6;
    default:
      return 1e8;
  }
}

class FloatFormat {
 public:
  FloatFormat(std::span<const double> values, DType dtype, bool plus, const PrintOptions& options)
      : dtype_(dtype), plus_(plus), precision_(options.precision) {
    std::vector<double> finite;
    std::copy_if(values.begin(), values.end(), std::back_inserter(finite), [](double v) { return std::isfinite(v); });
    scientific_ = needs_exponent(finite, options.suppress);
    std::size_t places = 0, exponent_width = 0;
    for (double value : finite) {
      const Decimal decimal = digits(value);
      left_ = std::max(left_, decimal.whole.size());
      places = std::max(places, decimal.fraction.size());
      exponent_width = std::max(exponent_width, exponent_text(decimal.exponent, 2).size());
    }
    right_ = places;
    if (scientific_) {
      precision_ = static_cast<int>(places);
      exponent_digits_ = exponent_width - 2;
      right_ = exponent_digits_ + 2 + places;
    }
    if (finite.size() == values.size()) return;
    const bool negative = std::any_of(values.begin(), values.end(), [](double v) { return std::isinf(v) && v < 0; });
    const std::size_t widest = 3 + (plus_ || negative ? 1 : 0);  // inf
    if (widest > right_ + 1) left_ = std::max(left_, widest - right_ - 1);
  }

  std::string operator()(double value) const {
    if (!std::isfinite(value)) {
      const bool negative = std::isinf(value) && value < 0;
      const std::string text = std::string(negative ? "-" : plus_ ? "+" : "") + (std::isnan(value) ? "nan" : "inf");
      return padded(text, left_ + right_ + 1);
    }
    Decimal decimal = scientific_ ? with_sign(scientific_exact(value, precision_), value) : digits(value);
    const std::string text = padded(decimal.whole, left_) + '.';
    if (scientific_) return text + decimal.fraction + exponent_text(decimal.exponent, exponent_digits_);
    decimal.fraction.resize(std::max(decimal.fraction.size(), right_), ' ');
    return text + decimal.fraction;
  }

 private:
  bool needs_exponent(std::span<const double> finite, bool suppress) const {
    double largest = 0, smallest = INFINITY;
    for (double value : finite) {
      if (value == 0) continue;
      largest = std::max(largest, std::abs(value));
      smallest = std::min(smallest, std::abs(value));
    }
    if (largest == 0) return false;
    if (largest >= largest_positional(dtype_)) return true;
    return !suppress && (smallest < rounded(0.0001, dtype_) || rounded(largest / smallest, dtype_) > 1000);
  }

  Decimal digits(double value) const {
    return with_sign(scientific_ ? scientific(value, dtype_, precision_) : positional(value, dtype_, precision_),
                     value);
  }
  Decimal with_sign(Decimal decimal, double value) const {
    if (plus_ && !std::signbit(value)) decimal.whole.insert(0, 1, '+');
    return decimal;
  }

  static std::string exponent_text(int exponent, std::size_t digits) {
    std::string text = std::to_string(std::abs(exponent));
    if (text.size() < digits) text.insert(0, digits - text.size(), '0');
    return (exponent < 0 ? "e-" : "e+") + text;
  }

  DType dtype_;
  bool plus_, scientific_ = false;
  int precision_;
  std::size_t left_ = 0, right_ = 0, exponent_digits_ = 0;
};

double real_at(DType dtype, const std::byte* at) {
  return std::get<double>(load_element(dtype, at).value());
}

FormatElement float_format(DType dtype, std::span<const std::byte* const> samples, const PrintOptions& options) {
  std::vector<double> values;
  for (const std::byte* at : samples) values.push_back(real_at(dtype, at));
  return [dtype, format = FloatFormat(values, dtype, false, options)](const std::byte* at) {
    return format(real_at(dtype, at));
  };
}

FormatElement complex_format(DType dtype, std::span<const std::byte* const> samples, const PrintOptions& options) {
  const DType part = dtype == DType::c64 ? DType::f32 : DType::f64;
  const std::size_t imaginary = size_of(part);
  std::vector<double> reals, imags;
  for (const std::byte* at : samples) {
    reals.push_back(real_at(part, at));
    imags.push_back(real_at(part, at + imaginary));
  }
  return [part, imaginary, real = FloatFormat(reals, part, false, options),
          imag = FloatFormat(imags, part, true, options)](const std::byte* at) {
    std::string text = imag(real_at(part, at + imaginary));
    text.insert(text.find_last_not_of(' ') + 1, 1, 'j');
    return real(real_at(part, at)) + text;
  };
}

FormatElement whole_format(DType dtype, std::span<const std::byte* const> samples) {
  const auto text = [dtype](const std::byte* at) {
    return std::to_string(std::get<std::int64_t>(load_element(dtype, at).value()));
  };
  std::size_t width = 0;
  for (const std::byte* at : samples) width = std::max(width, text(at).size());
  return [text, width](const std::byte* at) { return padded(text(at), width); };
}

}  // namespace

FormatElement element_format(DType dtype, bool scalar, std::span<const std::byte* const> samples,
                             const PrintOptions& options) {
  if (dtype == DType::boolean)
    return [truth = std::string(scalar ? "True" : " True")](const std::byte* at) {
      return *at != std::byte{0} ? truth : "False";
    };
  if (is_integer(dtype)) return whole_format(dtype, samples);
  return is_complex(dtype) ? complex_format(dtype, samples, options) : float_format(dtype, samples, options);
}

}  // namespace fovea
