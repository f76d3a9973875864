#include "model/metadata.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace fovea::model {
namespace {

using nlohmann::json;

void read_preprocess(const json& object, Preprocess& out) {
  if (!object.is_object()) throw Error(Errc::model_format, "model: fovea.preprocess: expected a JSON object");
  for (const auto& [key, value] : object.items()) {
    if (key == "resize")
      out.resize = value.get<int>();
    else if (key == "crop")
      out.crop = value.get<int>();
    else if (key == "channels")
      out.channels = value.get<int>();
    else if (key == "interpolation")
      out.interpolation = value.get<std::string>();
    else if (key == "mean")
      out.mean = value.get<std::vector<float>>();
    else if (key == "std")
      out.std = value.get<std::vector<float>>();
    else
      throw Error(Errc::model_format, "model: fovea.preprocess: there is no field " + key);
  }
  check_preprocess(out);
}

}  // namespace

void apply_metadata(const std::map<std::string, std::string>& metadata, Preprocess& preprocess,
                    std::vector<std::string>& labels) {
  try {
    if (auto at = metadata.find("fovea.labels"); at != metadata.end())
      labels = json::parse(at->second).get<std::vector<std::string>>();
    if (auto at = metadata.find("fovea.preprocess"); at != metadata.end())
      read_preprocess(json::parse(at->second), preprocess);
  } catch (const json::exception& error) {
    throw Error(Errc::model_format, std::string("model: metadata: expected JSON, got ") + error.what());
  } catch (const Error& error) {
    throw Error(Errc::model_format, error.what());
  }
}

void check_preprocess(const Preprocess& p) {
  const auto refuse = [](const std::string& what) {
    throw Error(Errc::invalid_argument, "preprocess: expected " + what);
  };
  if (p.resize < 1 || p.resize > 16384 || p.crop < 1 || p.crop > p.resize)
    refuse("1 <= crop <= resize <= 16384, got resize " + std::to_string(p.resize) + ", crop " + std::to_string(p.crop));
  if (p.channels != 1 && p.channels != 3) refuse("1 or 3 channels, got " + std::to_string(p.channels));
  const auto channels = static_cast<std::size_t>(p.channels);
  if (p.mean.size() != channels || p.std.size() != channels)
    refuse("a mean and a std for each of " + std::to_string(channels) + " channels");
  for (float v : p.mean)
    if (!std::isfinite(v)) refuse("a finite mean");
  for (float v : p.std)
    if (!std::isfinite(v) || v <= 0) refuse("a finite std above 0");
}

}  // namespace fovea::model
