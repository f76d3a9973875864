#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "fovea/language.h"
#include "fovea/ops.h"
#include "fovea/plugin.h"
#include "ops/op.h"
#include "support/plugin_file.h"

namespace fovea {
namespace {

TEST(PluginThreads, OthersListAndRunOpsWhilePluginsAreLoaded) {
  constexpr int readers = 3, plugins = 4;
  const ops::Op& early = ops::registry().op("flip");
  std::latch started(readers + 1);
  std::atomic<bool> loaded = false;
  std::atomic<int> wrong = 0;
  const auto read = [&] {
    const Array x = Array::of<float>(std::vector<float>{1, 2}, {2});
    started.arrive_and_wait();
    std::size_t before = 0;
    do {
      const std::size_t count = ops::list().size();
      wrong += count < before;  // ops only come
      before = count;
      wrong += language::functions().size() <= count;
      wrong += ops::apply("relu", {}, {&x, 1}).span<float>()[1] != 2;
    } while (!loaded);
    for (int k = 1; k <= plugins; ++k) {
      const Array y = ops::apply("one_of_many_" + std::to_string(k), {}, {&x, 1});
      wrong += y.span<float>()[1] != static_cast<float>(2 * k);
    }
  };
  std::vector<std::jthread> threads;
  for (int k = 0; k < readers; ++k) threads.emplace_back(read);
  started.arrive_and_wait();
  for (int k = 1; k <= plugins; ++k) ops::load_plugin(test::plugin_file("one_of_many_" + std::to_string(k)));
  loaded = true;
  threads.clear();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(early.name, "flip");
  EXPECT_EQ(early.inputs.front(), "image");
}

TEST(PluginThreads, OnePluginMayBeLoadedAndRunByAllAtOnce) {
  constexpr int count = 4;
  std::latch started(count);
  std::atomic<int> wrong = 0;
  const auto work = [&] {
    started.arrive_and_wait();
    wrong += ops::load_plugin(test::plugin_file("twin_b")) != std::vector<std::string>{"twin_b"};
    const Array x = Array::full({5000}, 1, DType::i32);
    const Array y = ops::apply("twin_b", {}, {&x, 1});
    for (const std::int32_t value : y.span<std::int32_t>()) wrong += value != 3;
  };
  std::vector<std::jthread> threads;
  for (int k = 0; k < count; ++k) threads.emplace_back(work);
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace fovea
