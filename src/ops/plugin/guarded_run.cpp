#include "ops/plugin/guarded_run.h"

#include <algorithm>
#include <cstring>

namespace fovea::ops {
namespace {

constexpr std::int64_t guard = 64 << 10;  // bytes on each side

std::int64_t element_size(const fovea_tensor& tensor) {
  return static_cast<std::int64_t>(size_of(static_cast<DType>(tensor.dtype)));
}

// Where the tensor's elements lie from its first one, in bytes: [begin, end).
struct Reach {
  std::int64_t begin = 0, end = 0;

  explicit Reach(const fovea_tensor& tensor) {
    const std::int64_t size = element_size(tensor);
    end = size;
    for (int k = 0; k < tensor.ndim; ++k) {
      if (tensor.shape[k] == 0) {
        begin = end = 0;
        return;
      }
      const std::int64_t last = (tensor.shape[k] - 1) * tensor.strides[k] * size;
      (last < 0 ? begin : end) += last;
    }
  }
  std::int64_t size() const { return end - begin; }
};

// A tensor in memory of its own between guards of `fill`.
class GuardedTensor {
 public:
  GuardedTensor(const fovea_tensor& like, std::uint8_t fill, bool copy)
      : tensor_(like), reach_(like), fill_(fill), block_(Array::empty({reach_.size() + 2 * guard}, DType::u8)) {
    bytes_ = block_.span<std::uint8_t>();
    std::fill(bytes_.begin(), bytes_.end(), fill);
    tensor_.data = first() - reach_.begin;
    if (copy && reach_.size() != 0) std::memcpy(first(), original(like), static_cast<std::size_t>(reach_.size()));
  }

  const fovea_tensor& tensor() const { return tensor_; }
  std::uint8_t* first() const { return bytes_.data() + guard; }
  std::int64_t size() const { return reach_.size(); }

  // How far from the tensor a guard was written to, in bytes; 0 when it is whole.
  std::int64_t damage_before() const {
    const auto before = bytes_.first(guard);
    return before.end() - std::find_if(before.begin(), before.end(), [&](std::uint8_t b) { return b != fill_; });
  }
  std::int64_t damage_behind() const {
    const auto behind = bytes_.last(guard);
    const auto at = std::find_if(behind.rbegin(), behind.rend(), [&](std::uint8_t b) { return b != fill_; });
    return behind.rend() - at;
  }
  // The first byte that is not the original's, or the size.
  std::int64_t first_change(const fovea_tensor& from) const {
    return std::mismatch(first(), first() + size(), original(from)).first - first();
  }
  bool unwritten(std::int64_t element) const {
    const std::int64_t size = element_size(tensor_);
    return std::all_of(first() + element * size, first() + (element + 1) * size,
                       [&](std::uint8_t b) { return b == fill_; });
  }

 private:
  const std::uint8_t* original(const fovea_tensor& from) const {
    return static_cast<const std::uint8_t*>(from.data) + reach_.begin;
  }

  fovea_tensor tensor_;
  Reach reach_;
  std::uint8_t fill_;
  Array block_;
  std::span<std::uint8_t> bytes_;
};

std::string bytes(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " byte" : " bytes");
}

// The index of an element of a contiguous tensor: "[3, 0]".
std::string place(const fovea_tensor& tensor, std::int64_t element) {
  Shape index(tensor.shape, tensor.shape + tensor.ndim);
  for (auto at = index.rbegin(); at != index.rend(); ++at) {
    const std::int64_t extent = *at;
    *at = element % extent;
    element /= extent;
  }
  return to_string(index);
}

void check_guards(const fovea_op& op, const GuardedTensor& tensor, const std::string& what) {
  if (const auto n = tensor.damage_behind()) blame(op, "writes up to " + bytes(n) + " behind its " + what);
  if (const auto n = tensor.damage_before()) blame(op, "writes up to " + bytes(n) + " before its " + what);
}

std::string input_name(const fovea_op& op, std::size_t k) {
  std::string name = op.inputs[k];
  if (name.ends_with('?')) name.pop_back();
  return "input " + name;
}

// One run on copies; its output stays for comparison. The inputs' guards are not of the output's poison, so that what
// is read there does not pass for unwritten.
GuardedTensor attempt(const PluginParams& params, std::span<const fovea_tensor> inputs, const fovea_tensor& output,
                      std::uint8_t fill) {
  std::vector<GuardedTensor> copies;
  std::vector<fovea_tensor> tensors;
  for (const fovea_tensor& input : inputs)
    tensors.push_back(copies.emplace_back(input, static_cast<std::uint8_t>(~fill), true).tensor());
  GuardedTensor result(output, fill, false);
  call_body(params, Device::Kind::cpu, nullptr, tensors, result.tensor());
  const fovea_op& op = *params.op;
  check_guards(op, result, "output");
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    check_guards(op, copies[k], input_name(op, k));
    if (const auto at = copies[k].first_change(inputs[k]); at != copies[k].size())
      blame(op, "changes its " + input_name(op, k) + ", at byte " + std::to_string(at));
  }
  return result;
}

void check_written(const fovea_op& op, const GuardedTensor& a, const GuardedTensor& b) {
  std::int64_t missing = 0, first = 0;
  for (std::int64_t k = 0; k < a.size() / element_size(a.tensor()); ++k)
    if (a.unwritten(k) && b.unwritten(k) && missing++ == 0) first = k;
  if (missing != 0)
    blame(op, "leaves " + std::to_string(missing) + (missing == 1 ? " element" : " elements") +
                  " of its output unwritten, the first at " + place(a.tensor(), first));
}

void check_same(const fovea_op& op, const GuardedTensor& a, const GuardedTensor& b) {
  const auto at = std::mismatch(a.first(), a.first() + a.size(), b.first()).first - a.first();
  if (at != a.size())
    blame(op, "gives other bytes the second time, first at " + place(a.tensor(), at / element_size(a.tensor())) +
                  ": it reads its output or beyond its inputs, or is not repeatable");
}

}  // namespace

void guarded_run(const PluginParams& params, std::span<const fovea_tensor> inputs, const fovea_tensor& output) {
  constexpr std::uint8_t fills[] = {0xA5, 0x5A};
  const GuardedTensor first = attempt(params, inputs, output, fills[0]);
  const GuardedTensor second = attempt(params, inputs, output, fills[1]);
  check_written(*params.op, first, second);
  check_same(*params.op, first, second);
  if (first.size() != 0) std::memcpy(output.data, first.first(), static_cast<std::size_t>(first.size()));
}

}  // namespace fovea::ops
