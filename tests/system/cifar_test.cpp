#include <fstream>

#include "cli/run_fovea.h"
#include "system/real_pictures.h"

namespace fovea::test {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> classes{"airplane", "automobile", "bird",  "cat",  "deer",
                                       "dog",      "frog",       "horse", "ship", "truck"};

// The first `each` pictures of every class of the CIFAR-10 test set, in folder/test/CLASS.
void unpack(const fs::path& folder, std::size_t each) {
  const std::string archive = shared_data("images/cifar10_test_jpeg.tar").native();
  const ProgramResult listing = run_program("/bin/tar", {"-tf", archive});
  ASSERT_EQ(listing.exit_code, 0) << listing.err;
  std::map<std::string, std::vector<std::string>> names;
  for (const std::string& name : lines_of(listing.out))
    if (name.ends_with(".jpg")) names[fs::path(name).parent_path().filename().native()].push_back(name);
  ASSERT_EQ(names.size(), classes.size());
  std::ofstream list(folder / "names");
  for (auto& [label, files] : names) {
    std::sort(files.begin(), files.end());
    ASSERT_GE(files.size(), each) << label;
    for (std::size_t i = 0; i < each; ++i) list << files[i] << '\n';
  }
  list.close();
  const ProgramResult result =
      run_program("/bin/tar", {"-xf", archive, "-C", folder.native(), "-T", (folder / "names").native()});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  fs::remove(folder / "names");
}

// The share of rows whose first label is the name of the picture's folder.
double accuracy(const std::vector<nlohmann::json>& rows) {
  double right = 0;
  for (const auto& row : rows) {
    EXPECT_EQ(row.at("status"), "ok") << row;
    const std::string label = row.at("top").at(0).at("label");
    EXPECT_EQ(label, classes.at(row.at("top").at(0).at("class").get<std::size_t>()));
    right += fs::path(row.at("path").get<std::string>()).parent_path().filename() == label;
  }
  return right / static_cast<double>(rows.size());
}

TEST(Cifar, AnOldTorchFileClassifiesItsTestPictures) {
  FOVEA_NEEDS_SHARED("models/resnet20_cifar10_legacy.th");
  FOVEA_NEEDS_SHARED("images/cifar10_test_jpeg.tar");
  const TemporaryDirectory folder;
  ASSERT_NO_FATAL_FAILURE(unpack(folder.path(), 50));
  std::string labels;
  for (const std::string& name : classes) labels += name + "\n";
  const ProgramResult result =
      fovea({"classify", "-q", "--model", shared_data("models/resnet20_cifar10_legacy.th").native(), "--labels",
             folder.write("labels.txt", labels).native(), (folder.path() / "test").native()});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto rows = json_lines(result.out);
  ASSERT_EQ(rows.size(), 500u);
  EXPECT_GE(accuracy(rows), 0.76);  // 0.81 of all ten thousand
}

TEST(Cifar, TheEmbeddedModelKnowsSuchPictures) {
  FOVEA_NEEDS_SHARED("images/cifar10_test_jpeg.tar");
  const TemporaryDirectory folder;
  ASSERT_NO_FATAL_FAILURE(unpack(folder.path(), 10));
  const ProgramResult result = fovea({"classify", "-q", folder.path().native()});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto rows = json_lines(result.out);
  ASSERT_EQ(rows.size(), 100u);
  EXPECT_GE(accuracy(rows), 0.7);
}

}  // namespace
}  // namespace fovea::test
