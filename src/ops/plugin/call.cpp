#include "ops/plugin/call.h"

#include <array>
#include <exception>

#include "base/checked.h"
#include "base/text.h"
#include "base/threads.h"

namespace fovea::ops {
namespace {

static_assert(static_cast<int>(DType::boolean) == FOVEA_BOOL && static_cast<int>(DType::f16) == FOVEA_F16 &&
                  static_cast<int>(DType::c128) == FOVEA_C128,
              "the numbers of element types are part of the ABI");

// Room for a function's text; it is cut so that the whole message stays one line of at most 512 bytes.
class Report {
 public:
  char* text() { return text_.data(); }
  std::size_t size() const { return text_.size(); }

  void check(const fovea_op& op, const char* what, int status) {
    if (status == FOVEA_OK) return;
    text_.back() = '\0';
    std::string message = text_.front()
                              ? escaped(text_.data()).substr(0, 400)
                              : std::string(what) + " failed with status " + std::to_string(status) + " and no text";
    const std::string start = std::string(op.name) + ": ";
    throw Error(code_of(status), message.starts_with(start) ? message : start + message);
  }

 private:
  static Errc code_of(int status) {
    switch (status) {
      case FOVEA_INVALID_ARGUMENT:
        return Errc::invalid_argument;
      case FOVEA_UNSUPPORTED:
        return Errc::unsupported;
      case FOVEA_OUT_OF_MEMORY:
        return Errc::out_of_memory;
      case FOVEA_DEVICE_FAILED:
        return Errc::device;
      default:
        return Errc::internal;
    }
  }
  std::array<char, 256> text_{};
};

// A function that throws has broken its rule, but unwinding through it is harmless here.
template <class Function>
void call(const fovea_op& op, const char* what, Report& report, const Function& function) {
  int status = FOVEA_OK;
  try {
    status = function();
  } catch (const std::exception& error) {
    blame(op, std::string(what) + " threw '" + escaped(error.what()).substr(0, 300) + "', expected a status");
  } catch (...) {
    blame(op, std::string(what) + " threw an exception, expected a status");
  }
  report.check(op, what, status);
}

std::vector<fovea_value> raw_values(const std::vector<Value>& values) {
  std::vector<fovea_value> raw;
  for (const Value& value : values) {
    fovea_value v{};
    if (const auto* yes = std::get_if<bool>(&value)) v.integer = *yes;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) v.integer = *whole;
    if (const auto* number = std::get_if<double>(&value)) v.number = *number;
    if (const auto* text = std::get_if<std::string>(&value)) v.text = text->c_str();
    if (const auto* list = std::get_if<std::vector<double>>(&value)) v.list = list->data(), v.count = list->size();
    raw.push_back(v);
  }
  return raw;
}

template <class T>
std::vector<const T*> pointers(std::span<const T> items) {
  std::vector<const T*> result;
  for (const T& item : items) result.push_back(&item);
  return result;
}

fovea_spec raw_spec(const fovea_op& op, const TensorSpec& spec) {
  require(spec.shape.size() <= FOVEA_OP_MAX_NDIM, op.name,
          "expected inputs of at most 16 axes, as plug-ins take, got " + to_string(spec.shape));
  fovea_spec raw{
      sizeof(fovea_spec), static_cast<std::int32_t>(spec.dtype), static_cast<std::int32_t>(spec.shape.size()), {}};
  std::copy(spec.shape.begin(), spec.shape.end(), raw.shape);
  return raw;
}

TensorSpec checked_spec(const fovea_op& op, const fovea_spec& raw) {
  if (raw.dtype < FOVEA_BOOL || raw.dtype > FOVEA_C128)
    blame(op, "infer gave no element type: " + std::to_string(raw.dtype));
  if (raw.ndim < 0 || raw.ndim > FOVEA_OP_MAX_NDIM) blame(op, "infer gave " + std::to_string(raw.ndim) + " axes");
  TensorSpec spec{static_cast<DType>(raw.dtype), Shape(raw.shape, raw.shape + raw.ndim)};
  std::optional<std::int64_t> bytes = static_cast<std::int64_t>(size_of(spec.dtype));
  for (const std::int64_t extent : spec.shape) {
    if (extent < 0) blame(op, "infer gave a negative extent: " + to_string(spec.shape));
    if (extent != 0 && bytes) bytes = checked_multiply(*bytes, extent);
  }
  if (!bytes) blame(op, "infer gave a shape of 2^63 bytes or more: " + to_string(spec.shape));
  return spec;
}

void share_out(std::int64_t count, std::int64_t grain, fovea_range_body* body, void* state) {
  parallel_for(count, std::max<std::int64_t>(grain, 1),
               [&](std::int64_t begin, std::int64_t end) { body(state, begin, end); });
}

void* address(Value& value) {
  return std::visit([](auto& held) -> void* { return &held; }, value);
}

// A default outside of the range stands for none.
void require_given(const Op& op, const ParamInfo& info, const Params& params) {
  if (info.min == info.max || params.contains(info.name)) return;
  const auto* whole = std::get_if<std::int64_t>(&info.fallback);
  const auto* number = std::get_if<double>(&info.fallback);
  if (!whole && !number) return;
  const double value = whole ? static_cast<double>(*whole) : *number;
  require(value >= info.min && value <= info.max, op.name, info.name + ": expected a value, got none");
}

}  // namespace

void blame(const fovea_op& op, const std::string& message) {
  throw Error(Errc::internal, std::string(op.name) + ": " + message + "; a fault of the plug-in");
}

std::shared_ptr<void> bind_plugin(const Op& op, const Params& params) {
  refuse_unknown(op, params);
  auto bound = std::make_shared<PluginParams>();
  bound->op = static_cast<const fovea_op*>(op.plugin);
  for (const ParamInfo& info : op.params) {
    require_given(op, info, params);
    read_param(op, info, params, address(bound->values.emplace_back(info.fallback)));
  }
  return bound;
}

TensorSpec infer_plugin(const void* params, std::span<const TensorSpec> inputs) {
  const PluginParams& p = *static_cast<const PluginParams*>(params);
  std::vector<fovea_spec> specs;
  for (const TensorSpec& spec : inputs) specs.push_back(raw_spec(*p.op, spec));
  const auto list = pointers<fovea_spec>(specs);
  const auto values = raw_values(p.values);
  fovea_spec output{sizeof(fovea_spec), -1, -1, {}};
  std::fill(std::begin(output.shape), std::end(output.shape), -1);
  Report report;
  const fovea_query query{sizeof(fovea_query), list.size(),  list.data(), values.data(), &output,
                          report.text(),       report.size()};
  call(*p.op, "infer", report, [&] { return p.op->infer(&query); });
  return checked_spec(*p.op, output);
}

fovea_tensor tensor_of(const Array& array) {
  return {sizeof(fovea_tensor),
          array.data(),
          static_cast<std::int32_t>(array.dtype()),
          array.ndim(),
          array.shape().data(),
          array.strides().data(),
          array.device().kind == Device::Kind::cpu ? FOVEA_ON_CPU : FOVEA_ON_CUDA,
          array.device().index};
}

void call_body(const PluginParams& p, Device::Kind device, void* stream, std::span<const fovea_tensor> inputs,
               const fovea_tensor& output) {
  const bool cpu = device == Device::Kind::cpu;
  const auto list = pointers(inputs);
  const auto values = raw_values(p.values);
  Report report;
  const fovea_call c{sizeof(fovea_call),        list.size(),   list.data(),  &output, values.data(), stream,
                     cpu ? share_out : nullptr, report.text(), report.size()};
  call(*p.op, cpu ? "the body" : "the CUDA body", report, [&] { return (cpu ? p.op->run_cpu : p.op->run_cuda)(&c); });
}

}  // namespace fovea::ops
