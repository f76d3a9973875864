#include "model/safetensors/header.h"

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "model/tensor_bytes.h"

namespace fovea::model {
namespace {

using Json = nlohmann::json;

std::optional<DType> dtype_named(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, DType>, 11> known{{{"BOOL", DType::boolean},
                                                                      {"U8", DType::u8},
                                                                      {"I8", DType::i8},
                                                                      {"U16", DType::u16},
                                                                      {"I16", DType::i16},
                                                                      {"I32", DType::i32},
                                                                      {"I64", DType::i64},
                                                                      {"F16", DType::f16},
                                                                      {"BF16", DType::bf16},
                                                                      {"F32", DType::f32},
                                                                      {"F64", DType::f64}}};
  for (const auto& [name, dtype] : known)
    if (name == text) return dtype;
  return std::nullopt;
}

// Follows the one shape that a header may have, so nothing else is ever built:
// {"name": {"dtype": "..", "shape": [..], "data_offsets": [a, b]}, "__metadata__": {"..": ".."}}
class HeaderReader final : public nlohmann::json_sax<Json> {
 public:
  SafetensorsHeader header;
  std::optional<Error> error;

  bool start_object(std::size_t) override {
    if (at_ == At::start) return go(At::names);
    if (at_ == At::tensor_value) return go(At::fields);
    if (at_ == At::metadata_value) return go(At::metadata_keys);
    return misplaced("an object");
  }

  bool key(std::string& text) override {
    if (at_ == At::names) {
      if (!names_.insert(text).second) return refuse("expected each name once, got " + shown(text) + " twice");
      if (text == "__metadata__") return go(At::metadata_value);
      entry_ = {};
      entry_.name = text;
      has_dtype_ = has_shape_ = has_offsets_ = false;
      return go(At::tensor_value);
    }
    if (at_ == At::metadata_keys) {
      if (header.metadata.contains(text))
        return refuse("__metadata__: expected each key once, got " + shown(text) + " twice");
      metadata_key_ = text;
      return go(At::metadata_text);
    }
    if (text == "dtype" && !has_dtype_) return has_dtype_ = true, go(At::dtype);
    if (text == "shape" && !has_shape_) return has_shape_ = true, go(At::shape_value);
    if (text == "data_offsets" && !has_offsets_) return has_offsets_ = true, go(At::offsets_value);
    return refuse(where() + "expected dtype, shape and data_offsets once each, got " + shown(text));
  }

  bool end_object() override {
    if (at_ == At::metadata_keys) return go(At::names);
    if (at_ == At::names) return go(At::done);
    return finish_entry();
  }

  bool string(std::string& text) override {
    if (at_ == At::metadata_text) {
      header.metadata.emplace(std::move(metadata_key_), text);
      return go(At::metadata_keys);
    }
    if (at_ != At::dtype) return misplaced("a string");
    const auto dtype = dtype_named(text);
    if (!dtype)
      return refuse(where() + "expected BOOL, U8, I8, U16, I16, I32, I64, F16, BF16, F32 or F64, got " + shown(text),
                    Errc::unsupported);
    entry_.dtype = *dtype;
    return go(At::fields);
  }

  bool start_array(std::size_t) override {
    if (at_ == At::shape_value) return go(At::shape);
    if (at_ == At::offsets_value) return go(At::offsets);
    return misplaced("an array");
  }

  bool end_array() override { return go(At::fields); }

  bool number_unsigned(number_unsigned_t value) override {
    if (at_ == At::offsets) {
      if (offsets_ == 2) return refuse(where() + "expected two data_offsets, got more");
      (offsets_++ == 0 ? entry_.begin : entry_.end) = value;
      return true;
    }
    if (at_ != At::shape) return misplaced("a number");
    if (entry_.shape.size() == max_tensor_axes)
      return refuse(where() + "expected at most " + std::to_string(max_tensor_axes) + " axes, got more",
                    Errc::tensor_size);
    if (value > static_cast<number_unsigned_t>(INT64_MAX))
      return refuse(where() + "expected a shape of less than 2^63 bytes, got more", Errc::tensor_size);
    entry_.shape.push_back(static_cast<std::int64_t>(value));
    return true;
  }

  bool null() override { return misplaced("null"); }
  bool boolean(bool) override { return misplaced("a boolean"); }
  bool number_integer(number_integer_t) override { return misplaced("a negative number"); }
  bool number_float(number_float_t, const string_t&) override { return misplaced("a fraction or a number above 2^64"); }
  bool binary(binary_t&) override { return misplaced("binary data"); }
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) override {
    return refuse("expected JSON in UTF-8, got something else at byte " + std::to_string(position) + " of the header");
  }

 private:
  enum class At {
    start,
    names,
    metadata_value,
    metadata_keys,
    metadata_text,
    tensor_value,
    fields,
    dtype,
    shape_value,
    shape,
    offsets_value,
    offsets,
    done
  };

  bool go(At next) {
    if (next == At::offsets) offsets_ = 0;
    if (at_ == At::offsets && offsets_ != 2) return refuse(where() + "expected two data_offsets, got fewer");
    at_ = next;
    return true;
  }

  bool finish_entry() {
    if (!has_dtype_ || !has_shape_ || !has_offsets_)
      return refuse(where() + "expected dtype, shape and data_offsets, got fewer fields");
    if (entry_.end < entry_.begin)
      return refuse(where() + "expected data_offsets in order, got " + std::to_string(entry_.begin) + " and then " +
                    std::to_string(entry_.end));
    const auto bytes = bytes_of(entry_.shape, entry_.dtype);
    if (!bytes) return refuse(where() + "expected a shape of less than 2^63 bytes, got more", Errc::tensor_size);
    if (*bytes != entry_.end - entry_.begin)
      return refuse(where() + "expected " + std::to_string(*bytes) + " bytes for " + std::string(name(entry_.dtype)) +
                        " " + to_string(entry_.shape) + ", got " + std::to_string(entry_.end - entry_.begin),
                    Errc::tensor_size);
    header.tensors.push_back(std::move(entry_));
    return go(At::names);
  }

  std::string where() const { return "tensor " + shown(entry_.name) + ": "; }

  bool misplaced(const std::string& what) {
    switch (at_) {
      case At::start:
        return refuse("expected an object, got " + what);
      case At::metadata_value:
      case At::metadata_text:
        return refuse("__metadata__: expected an object of strings, got " + what);
      case At::shape:
      case At::offsets:
        if (what == "an array" || what == "an object")
          return refuse(where() + "expected whole numbers, got deeper nesting", Errc::limit_metadata);
        return refuse(where() + "expected whole numbers, got " + what);
      default:
        return refuse(where() + "expected dtype, shape and data_offsets, got " + what);
    }
  }

  bool refuse(const std::string& message, Errc code = Errc::corrupt) {
    error.emplace(code, "safetensors: " + message);
    return false;
  }

  At at_ = At::start;
  std::set<std::string> names_;
  TensorEntry entry_;
  bool has_dtype_ = false, has_shape_ = false, has_offsets_ = false;
  int offsets_ = 0;
  std::string metadata_key_;
};

}  // namespace

Result<SafetensorsHeader> parse_safetensors_header(std::string_view text) {
  HeaderReader reader;
  if (Json::sax_parse(text, &reader)) return std::move(reader.header);
  return reader.error.value_or(Error(Errc::corrupt, "safetensors: expected a JSON object, got something else"));
}

}  // namespace fovea::model
