#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/cache_folder.h"
#include "fovea/model.h"
#include "model/zoo/download.h"

namespace fovea {
namespace {

constexpr std::string_view publisher = "https://download.pytorch.org/models/";
constexpr std::int64_t max_model_bytes = std::int64_t{1} << 30;

struct Published {
  const char *name, *description, *file, *sha256;
  std::int64_t bytes;  // of resnet101 and resnet152: about
};
// The file's name carries the first eight digits of its sha256: the publisher's convention, which these agree with.
constexpr std::array published{
    Published{"resnet18", "ResNet-18, ImageNet-1k, torchvision IMAGENET1K_V1, 69.8 % top-1", "resnet18-f37072fd.pth",
              "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec", 46'830'571},
    Published{"resnet34", "ResNet-34, ImageNet-1k, torchvision IMAGENET1K_V1, 73.3 % top-1", "resnet34-b627a593.pth",
              "b627a593bcbe140c234610266fe4f8ae95ea42fc881d091c9b6052e6b1d0590f", 87'319'819},
    Published{"resnet50", "ResNet-50, ImageNet-1k, torchvision IMAGENET1K_V1, 76.1 % top-1", "resnet50-0676ba61.pth",
              "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a", 102'530'333},
    Published{"resnet101", "ResNet-101, ImageNet-1k, torchvision IMAGENET1K_V1, 77.4 % top-1", "resnet101-63fe2227.pth",
              "63fe2227b86e8f1f2063f43a75c84d195911b6a0eace650907dd3dc62dd49a0a", 178'800'000},
    Published{"resnet152", "ResNet-152, ImageNet-1k, torchvision IMAGENET1K_V1, 78.3 % top-1", "resnet152-394f9c45.pth",
              "394f9c45966e3651a89bbb78a48410a6755854ce4a5ab64927cf1c7247f85e58", 241'600'000},
};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string join(std::string base, const std::string& file) {
  if (!base.ends_with('/')) base += '/';
  return base + file;
}

}  // namespace

std::vector<ZooEntry> model_zoo() {
  const std::filesystem::path cache = cache_folder();
  std::vector<ZooEntry> entries;
  for (const Published& model : published) {
    ZooEntry entry{model.name, model.description, std::string(publisher) + model.file, model.sha256, model.bytes, false,
                   {}};
    std::error_code failed;
    if (!cache.empty()) entry.path = cache / "models" / model.file;
    entry.cached = !entry.path.empty() && std::filesystem::is_regular_file(entry.path, failed);
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::filesystem::path pull_model(const std::string& name, const PullOptions& options) {
  const std::vector<ZooEntry> zoo = model_zoo();
  const auto entry = std::find_if(zoo.begin(), zoo.end(), [&](const ZooEntry& e) { return e.name == name; });
  if (entry == zoo.end()) {
    std::string names;
    for (const ZooEntry& e : zoo) names += (names.empty() ? "" : ", ") + e.name;
    throw Error(Errc::not_found, "model zoo: expected one of " + names + ", got another name");
  }
  if (entry->path.empty())
    throw Error(Errc::not_found, "model zoo: expected a folder for the cache, got none; set FOVEA_CACHE or HOME");
  std::string url = entry->url;
  if (const std::string base = environment("FOVEA_MODEL_URL"); !base.empty())
    url = join(base, entry->path.filename().string());
  if (!options.url.empty()) url = options.url;
  model::download_file({url, entry->path, entry->sha256, max_model_bytes, options.progress});
  return entry->path;
}

}  // namespace fovea
