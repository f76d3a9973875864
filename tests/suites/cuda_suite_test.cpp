#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <map>

#include "ops/dispatch/no_kernel.h"
#include "ops/op.h"
#include "suites/expect_alike.h"
#include "suites/op_cases.h"
#include "suites/stored_arrays.h"

// Every CUDA row against the portable row of the CPU. Skipped where there is no device. FOVEA_CUDA_EVERY=N takes each
// N-th case only, for tools under which a case takes long.
namespace fovea {
namespace {

using ops::Call;
using ops::Row;
using ops::TensorSpec;

class CudaSuite : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string reason = unavailable_reason(Device::cuda());
    if (!reason.empty()) GTEST_SKIP() << reason;
  }
};

std::size_t every() {
  const char* given = std::getenv("FOVEA_CUDA_EVERY");
  const long n = given ? std::strtol(given, nullptr, 10) : 1;
  return n > 1 ? static_cast<std::size_t>(n) : 1;
}

// A bound call and what it points to.
struct BoundCall {
  explicit BoundCall(const test::OpCase& c, const std::vector<Array>& inputs) : params(op(c).bind(op(c), c.params)) {
    for (const Array& input : inputs) specs.push_back({input.dtype(), input.shape()});
    call = {params.get(), specs, op(c).infer(params.get(), specs), {}, &weights};
  }
  // What follows a convolution in a network: activations of less than 32 bits with their channels last.
  void put_channels_last(const test::OpCase& c) {
    for (std::size_t k = 0; k < specs.size(); ++k)
      if (specs[k].shape.size() == 4 && size_of(specs[k].dtype) < 4 && !(test::is_convolution(c.op) && k == 1))
        specs[k].block = static_cast<int>(specs[k].shape[1]);
  }
  // All inputs but the first are known, as a network's weights are.
  void know_weights(const std::vector<Array>& device) {
    constants = device;
    if (!constants.empty()) constants[0] = Array();
    call.constants = constants;
  }
  static const ops::Op& op(const test::OpCase& c) { return ops::registry().op(c.op); }
  std::shared_ptr<void> params;
  std::vector<TensorSpec> specs;
  std::vector<Array> constants;
  ops::WeightCache weights;
  Call call;
};

std::vector<const Row*> rows(const test::OpCase& c, Device::Kind device) {
  std::vector<const Row*> found;
  for (const Row& row : ops::registry().rows())
    if (row.op == c.op && row.device == device) found.push_back(&row);
  return found;
}

Array portable_result(const test::OpCase& c, const std::vector<Array>& inputs) {
  BoundCall bound(c, inputs);
  for (const Row* row : rows(c, Device::Kind::cpu)) {
    if (row->variant != "portable" || !ops::takes(*row, bound.call)) continue;
    const Array out = Array::empty(bound.call.output.shape, bound.call.output.dtype);
    std::vector<Array> taken;
    for (const Array& input : inputs)
      taken.push_back(BoundCall::op(c).strided || input.contiguous() ? input : input.copy());
    row->prepare(bound.call)->run(Queue{}, taken, out);
    return out;
  }
  throw std::logic_error(c.op + ": no portable row takes the case");
}

constexpr std::int64_t fence = 256;

// The row's result on the device, its bytes between others that must stay as they were. Two runs give equal bits.
Array cuda_result(const Row& row, BoundCall& bound, const std::vector<Array>& inputs, const std::string& what) {
  const Stream stream(Device::cuda());
  const auto kernel = row.prepare(bound.call);
  const TensorSpec& spec = bound.call.output;
  const Shape shape = ops::stored_shape(spec);
  const Array host = Array::empty(shape, spec.dtype);
  const auto bytes = host.size() * static_cast<std::int64_t>(size_of(spec.dtype));
  const Array clean = Array::empty({bytes + 2 * fence}, DType::u8);
  Array first;
  for (int run = 0; run < 2; ++run) {
    std::memset(clean.data(), 0xA5 + run, static_cast<std::size_t>(clean.size()));
    const Array fenced = clean.to(Device::cuda(), stream);
    const Array out = Array::borrow(fenced.data() + fence, shape, spec.dtype, nullptr, Device::cuda());
    kernel->run(Queue{stream.native()}, inputs, out);
    const Array back = fenced.to(Device::cpu(), stream);
    stream.synchronize();
    for (std::int64_t k = 0; k < fence; ++k) {
      EXPECT_EQ(back.data()[k], clean.data()[k]) << what << ": wrote before its output";
      EXPECT_EQ(back.data()[bytes + fence + k], clean.data()[k]) << what << ": wrote behind its output";
    }
    if (bytes > 0) std::memcpy(host.data(), back.data() + fence, static_cast<std::size_t>(bytes));
    if (run == 0)
      first = host.copy();
    else
      EXPECT_TRUE(test::same_bytes(first, host)) << what << ": the second run differs";
  }
  return test::plain(first, spec);
}

// By docs/conventions.md: functions of the device's library within 4 ulp, sums by their number of terms.
double bound_of(const test::OpCase& c, const Row& row, const Array& wanted) {
  const bool single = wanted.dtype() == DType::f32;
  if (c.op == "softmax") return single ? 5e-7 : 1e-15;
  if (c.op == "convert_colour" && single) return 5e-7;
  if (c.op == "global_avg_pool" && row.variant != "portable") return 1.2e-7;
  if (row.variant == "portable" && c.op != "conv2d" && c.op != "linear") return 0;
  if (c.op == "box_filter" && is_floating(wanted.dtype())) return single ? 1.2e-7 : 2.3e-16;
  return test::tolerance(c);
}

// Compares the rows that take the case with its activations as they are, or with their channels last.
void compare(const test::OpCase& c, const std::vector<Array>& host, const std::vector<Array>& device,
             bool channels_last, std::map<std::string, int>& compared) {
  for (const Row* row : rows(c, Device::Kind::cuda)) {
    BoundCall bound(c, host);
    std::vector<Array> inputs = device;
    if (channels_last) {
      bound.put_channels_last(c);
      bound.know_weights(device);
      for (std::size_t k = 0; k < inputs.size(); ++k)
        if (bound.specs[k].block != 1) inputs[k] = test::stored(host[k], bound.specs[k].block).to(Device::cuda());
    }
    if (!ops::takes(*row, bound.call)) continue;
    const std::string what = c.op + "/" + std::string(row->variant) +
                             (host.empty() ? "" : " " + to_string(host[0].shape())) +
                             (channels_last ? " channels last" : "");
    try {
      const Array wanted = portable_result(c, host), got = cuda_result(*row, bound, inputs, what);
      test::expect_alike(got, wanted, bound_of(c, *row, wanted), what);
      ++compared[c.op + "/" + std::string(row->variant)];
    } catch (const Error& error) {
      if (error.code() != Errc::unsupported) throw;  // a library has no kernel for these shapes
    }
  }
}

TEST_F(CudaSuite, EveryRowAgreesWithThePortableBodyOfTheCpu) {
  std::map<std::string, int> compared;
  const std::vector<test::OpCase> cases = test::op_cases();
  for (std::size_t k = 0; k < cases.size(); k += every()) {
    std::vector<Array> device;
    for (const Array& input : cases[k].inputs) device.push_back(input.copy().to(Device::cuda()));
    std::vector<Array> host;
    for (const Array& input : cases[k].inputs) host.push_back(input.copy());
    for (const bool channels_last : {false, true}) compare(cases[k], host, device, channels_last, compared);
  }
  for (const Row& row : ops::registry().rows()) {
    if (row.device != Device::Kind::cuda || every() != 1) continue;
    EXPECT_GT(compared[std::string(row.op) + "/" + std::string(row.variant)], 0)
        << row.op << "/" << row.variant << " was not compared: no case, or its library is missing";
  }
  EXPECT_FALSE(compared.empty()) << "no row of the registry is for CUDA";
}

TEST_F(CudaSuite, StridedInputsGiveWhatTheirCopiesGive) {
  std::map<std::string, int> compared;
  const std::vector<test::OpCase> cases = test::op_cases();
  for (std::size_t k = 0; k < cases.size(); k += every()) {
    if (!BoundCall::op(cases[k]).strided) continue;
    std::vector<Array> host, device;
    for (const Array& input : cases[k].inputs) {
      const Array whole = input.copy();
      const auto turned = [](const Array& a) { return a.ndim() == 0 ? a : a.slice(0, {.step = -1}); };
      host.push_back(turned(whole));
      device.push_back(turned(whole.to(Device::cuda())));
    }
    compare(cases[k], host, device, false, compared);
  }
}

TEST_F(CudaSuite, CallsWithoutARowAreRefusedByName) {
  const Array x = Array::zeros({4, 4}, DType::f32).to(Device::cuda());
  try {
    ops::apply("sort", {}, {&x, 1});
    FAIL() << "sort has no CUDA row";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::unsupported) << e.what();
  }
}

}  // namespace
}  // namespace fovea
