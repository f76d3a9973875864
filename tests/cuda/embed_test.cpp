#include "fovea/embed.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "pipeline/stage.h"
#include "support/array_layouts.h"
#include "support/expect_error.h"
#include "support/fake_cuda/fake_cuda.h"
#include "support/formula_weights.h"

namespace fovea::test {
namespace {

// One kernel, so that all devices give the same bits.
class CudaEmbed : public testing::Test {
 protected:
  void SetUp() override { ::setenv("FOVEA_VARIANT", "portable", 1); }
  void TearDown() override {
    fake_cuda_reset();
    ::unsetenv("FOVEA_VARIANT");
  }

  static Model network() {
    Preprocess preprocess;
    preprocess.resize = preprocess.crop = 12;
    return Model::from_state_dict(FormulaWeights::cifar(1, {4, 8, 8}, 5), "small").with_preprocess(preprocess);
  }

  static std::vector<std::vector<float>> values_on(const Task& task, Device device) {
    constexpr std::int64_t count = 6;
    const auto stage = task.stage(device);
    const Array places = Array::empty({count, 3, 12, 12}, DType::f32);
    pipeline::Budget budget(1 << 20);
    std::vector<Row> rows(count);
    std::vector<Row*> all;
    for (std::int64_t k = 0; k < count; ++k) {
      Row& row = rows[static_cast<std::size_t>(k)];
      stage->load(counting({20 + k, 31, 3}, DType::u8), row, places[k], budget, {});
      all.push_back(&row);
    }
    stage->process(places, all);
    std::vector<std::vector<float>> values;
    for (const Row& row : rows) {
      EXPECT_FALSE(row.error) << row.error->what();
      values.push_back(row.values);
    }
    return values;
  }
};

TEST_F(CudaEmbed, FeaturesAreTheProcessors) {
  for (const char* layer : {"", "layer1.0.conv2"})
    for (const Pooling pooling : {Pooling::average, Pooling::none}) {
      const auto task = embed_task(network(), {.layer = layer, .pooling = pooling, .normalize = true});
      const auto wanted = values_on(*task, Device::cpu());
      EXPECT_EQ(wanted[0].size(), static_cast<std::size_t>(
                                      embed_width(network(), {.layer = layer, .pooling = pooling, .normalize = true})));
      EXPECT_EQ(values_on(*task, Device::cuda(0)), wanted) << layer;
      EXPECT_EQ(values_on(*task, Device::cuda(1)), wanted) << layer;
    }
}

TEST_F(CudaEmbed, WeightsGoThereOnce) {
  const auto task = embed_task(network());
  (void)task->stage(Device::cuda());
  const long copies = fake_cuda_calls("cuMemcpyAsync");
  (void)task->stage(Device::cuda());
  EXPECT_EQ(fake_cuda_calls("cuMemcpyAsync"), copies);
}

}  // namespace
}  // namespace fovea::test
