#include <cmath>

#include "cli/run_fovea.h"
#include "fovea/npy.h"
#include "system/real_pictures.h"

namespace fovea::test {
namespace {

std::int64_t largest(std::span<const float> values) {
  return std::max_element(values.begin(), values.end()) - values.begin();
}

TEST(Golden, Resnet50AgreesWithTorchvisionOnRealPictures) {
  FOVEA_NEEDS_SHARED("models/resnet50.pth");
  FOVEA_NEEDS_SHARED("images/imagenet-samples");
  FOVEA_NEEDS_SHARED("golden/resnet50.npy");
  const TemporaryDirectory folder;
  const std::string logits_file = (folder.path() / "logits.npy").native();
  const ProgramResult result =
      fovea({"classify", "-q", "--no-exif", "--model", shared_data("models/resnet50.pth").native(),
             shared_data("images/imagenet-samples").native(), "--save-logits", logits_file, "--topk=1"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto rows = json_lines(result.out);
  const Array logits = load_npy(logits_file).value(), golden = load_npy(shared_data("golden/resnet50.npy")).value();
  ASSERT_EQ(rows.size(), 200u);
  ASSERT_EQ(logits.shape(), (Shape{200, 1000}));
  ASSERT_EQ(golden.shape(), logits.shape());
  double worst = 0;
  int same = 0, right = 0;
  for (std::int64_t i = 0; i < 200; ++i) {
    const Array mine = logits[i], wanted = golden[i];
    const auto a = mine.span<float>(), b = wanted.span<float>();
    for (std::size_t k = 0; k < a.size(); ++k)
      worst = std::max(worst, std::isnan(a[k]) ? HUGE_VAL : std::abs(static_cast<double>(a[k]) - b[k]));
    const auto first = rows[static_cast<std::size_t>(i)].at("top").at(0).at("class").get<std::int64_t>();
    EXPECT_EQ(first, largest(a));
    same += first == largest(b);
    right += first == 5 * i;  // every fifth class, in order
  }
  EXPECT_EQ(same, 200);
  EXPECT_LE(worst, 2e-3);
  EXPECT_GE(right, 170);
  RecordProperty("worst_logit_difference", std::to_string(worst));
  RecordProperty("right", right);
}

}  // namespace
}  // namespace fovea::test
