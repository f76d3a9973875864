#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "base/threads.h"
#include "kernel/lane_order.h"
#include "ops/dispatch/no_kernel.h"
#include "ops/op.h"
#include "suites/expect_alike.h"
#include "suites/op_cases.h"
#include "suites/stored_arrays.h"

namespace fovea {
namespace {

using ops::Call;
using ops::Row;
using ops::TensorSpec;
using test::is_convolution;
using test::plain;
using test::stored;

constexpr int channels_last = 0;  // a block of all channels

// The block of an input; f32 goes in blocks of 8 or 16, other types with their channels last.
int block_of(const test::OpCase& c, std::size_t input, int block) {
  const Array& array = c.inputs[input];
  if (array.ndim() != 4 || (is_convolution(c.op) && input == 1)) return 1;
  const auto channels = static_cast<int>(array.shape()[1]);
  if (array.dtype() != DType::f32) return block == channels_last ? channels : 1;
  return block != channels_last && channels >= block ? block : 1;
}

struct Ran {
  bool taken = false;
  Array output;
};

// Runs one row with its operands in blocks of `block` channels, in an output between canaries.
Ran run_row(const Row& row, const test::OpCase& c, int block) {
  const ops::Op& op = ops::registry().op(c.op);
  const auto params = op.bind(op, c.params);
  std::vector<TensorSpec> specs;
  for (const Array& input : c.inputs) specs.push_back({input.dtype(), input.shape()});
  Call call{params.get(), specs, op.infer(params.get(), specs)};
  std::vector<Array> inputs = c.inputs;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    specs[k].block = block_of(c, k, block);
    inputs[k] = stored(inputs[k], specs[k].block);
  }
  call.inputs = specs;
  call.output.block = ops::output_block(row, call);
  ops::WeightCache weights;
  call.weights = &weights;
  std::vector<Array> constants = c.inputs;
  if (!constants.empty()) constants[0] = Array();
  call.constants = constants;
  if (!row.supports(call)) return {};
  const std::size_t residual = c.op == "conv2d" ? 3 : 4;
  for (std::size_t k = residual; k < specs.size() && is_convolution(c.op); ++k)  // stored as the output is
    inputs[k] = stored(c.inputs[k], call.output.block), specs[k].block = call.output.block;

  auto kernel = row.prepare(call);
  constexpr std::size_t fence = 64;
  const Shape shape = ops::stored_shape(call.output);
  const Array sized = Array::empty(shape, call.output.dtype);
  const std::size_t bytes = static_cast<std::size_t>(sized.size()) * size_of(sized.dtype());
  const Array fenced = Array::empty({static_cast<std::int64_t>(bytes + 2 * fence)}, DType::u8);
  std::memset(fenced.data(), 0xA5, bytes + 2 * fence);
  const Array output = Array::borrow(fenced.data() + fence, shape, call.output.dtype, nullptr);
  kernel->run(Queue{}, inputs, output);
  Array first = plain(output, call.output).copy();
  kernel->run(Queue{}, inputs, output);
  const Array second = plain(output, call.output).copy();
  EXPECT_TRUE(test::same_bytes(first, second)) << "second run differs";
  for (std::size_t k = 0; k < fence; ++k) {
    EXPECT_EQ(fenced.data()[k], std::byte{0xA5}) << c.op << "/" << row.variant << ": wrote before its output";
    EXPECT_EQ(fenced.data()[bytes + fence + k], std::byte{0xA5})
        << c.op << "/" << row.variant << ": wrote behind its output";
  }
  return {true, first};
}

const Row& portable_row(const std::string& op) {
  for (const Row& row : ops::registry().rows())
    if (row.op == op && row.device == Device::Kind::cpu && row.variant == "portable") return row;
  throw std::logic_error(op + " has no portable row");
}

TEST(OpSuite, EveryOpHasACaseAndAPortableRow) {
  std::set<std::string> covered;
  for (const test::OpCase& c : test::op_cases()) covered.insert(c.op);
  for (const ops::OpInfo& op : ops::list()) {
    if (ops::registry().op(op.name).plugin) continue;  // other tests load some
    EXPECT_TRUE(covered.count(op.name)) << op.name;
    EXPECT_NO_THROW(portable_row(op.name));
    EXPECT_FALSE(op.summary.empty()) << op.name;
    for (const ops::ParamInfo& param : op.params) EXPECT_FALSE(param.help.empty()) << op.name << " " << param.name;
  }
}

TEST(OpSuite, EveryVariantAgreesWithThePortableBody) {
  std::set<std::string> exercised;
  for (const test::OpCase& c : test::op_cases()) {
    const Ran wanted = run_row(portable_row(c.op), c, 1);
    ASSERT_TRUE(wanted.taken) << c.op;
    for (const Row& row : ops::registry().rows())
      for (int block : {1, 8, 16, channels_last}) {
        if (row.op != c.op || row.device != Device::Kind::cpu || (block == 1 && row.variant == "portable")) continue;
        const Ran got = run_row(row, c, block);
        if (!got.taken) continue;
        exercised.insert(c.op + "/" + std::string(row.variant));
        test::expect_alike(got.output, wanted.output, test::tolerance(c),
                           c.op + "/" + std::string(row.variant) + " block " + std::to_string(block) + " " +
                               (c.inputs.empty() ? "" : to_string(c.inputs[0].shape())));
      }
  }
  for (const Row& row : ops::registry().rows())
    EXPECT_TRUE(row.device != Device::Kind::cpu || row.variant == "portable" || row.variant == "plugin" ||
                exercised.count(std::string(row.op) + "/" + std::string(row.variant)))
        << row.op << "/" << row.variant;
}

TEST(OpSuite, SameBitsForAnyThreadCountAndLaneOrder) {
  for (const test::OpCase& c : test::op_cases()) {
    const Array wanted = [&] {
      const ThreadLimit one(1);
      return ops::apply(c.op, c.params, c.inputs);
    }();
    test::expect_alike(ops::apply(c.op, c.params, c.inputs), wanted, 0, c.op + " threads");
    for (LaneOrder order : {LaneOrder::reversed, LaneOrder::shuffled}) {
      const ThreadLimit one(1);
      lane_order_now = order;
      const Array got = ops::apply(c.op, c.params, c.inputs);
      lane_order_now = LaneOrder::forward;
      test::expect_alike(got, wanted, 0, c.op + " lane order");
    }
  }
}

TEST(OpSuite, StridedInputsGiveWhatTheirCopiesGive) {
  for (const test::OpCase& c : test::op_cases()) {
    std::vector<Array> reversed, copies;
    for (const Array& input : c.inputs) {
      reversed.push_back(input.ndim() == 0 ? input : input.slice(0, {.step = -1}));
      copies.push_back(reversed.back().copy());
    }
    test::expect_alike(ops::apply(c.op, c.params, reversed), ops::apply(c.op, c.params, copies), 0, c.op);
  }
}

TEST(OpSuite, UnknownParametersAndWrongTypesAreRefusedByName) {
  for (const ops::OpInfo& op : ops::list()) {
    const ops::Op& declared = ops::registry().op(op.name);
    EXPECT_THROW(declared.bind(declared, {{"no_such", std::int64_t{1}}}), Error) << op.name;
    for (const ops::ParamInfo& param : op.params) {
      const ops::Value wrong =
          std::holds_alternative<std::string>(param.fallback) ? ops::Value(true) : ops::Value(std::string("wrong"));
      EXPECT_THROW(declared.bind(declared, {{param.name, wrong}}), Error) << op.name << " " << param.name;
      if (param.min != param.max) {
        ops::Params above;
        if (std::holds_alternative<std::int64_t>(param.fallback))
          above[param.name].emplace<std::int64_t>(static_cast<std::int64_t>(param.max) + 1);
        else
          above[param.name].emplace<double>(param.max + 1);
        EXPECT_THROW(declared.bind(declared, above), Error) << op.name << " " << param.name;
      }
    }
  }
}

}  // namespace
}  // namespace fovea
