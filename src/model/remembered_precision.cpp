#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/cache_folder.h"
#include "base/file.h"
#include "base/machine.h"
#include "base/output_file.h"
#include "base/sha256.h"
#include "fovea/precision.h"
#include "fovea/system.h"
#include "model/calibration_json.h"
#include "model/precision.h"

namespace fovea {
namespace {

using Json = nlohmann::ordered_json;
constexpr const char* format = "fovea-precision-1";
constexpr std::int64_t most_bytes = std::int64_t{1} << 24;
constexpr Precision precisions[] = {Precision::f32, Precision::bf16, Precision::int8};

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

Json preprocess_json(const Preprocess& p) {
  return {p.resize, p.crop, p.channels, p.interpolation, p.mean, p.std};
}

// What a choice is good for.
Json conditions(const Model& model) {
  Json instructions = Json::array();
  for (const Precision precision : precisions)
    if (model::precision_unavailable(precision).empty()) instructions.push_back(name(precision));
  const char* const variant = std::getenv("FOVEA_VARIANT");
  return {{"cpu", cpu_model("/")}, {"runs", instructions},         {"variant", variant ? variant : ""},
          {"fovea", version()},    {"model", model.fingerprint()}, {"preprocess", preprocess_json(model.preprocess())}};
}

Json choice_json(const PrecisionChoice& choice) {
  Json json = {{"precision", name(choice.precision)},
               {"agreement", choice.agreement},
               {"pictures", choice.pictures},
               {"agreeing", choice.agreeing},
               {"measured", choice.measured}};
  if (choice.calibration) json["calibration"] = model::calibration_json(*choice.calibration);
  return json;
}

PrecisionChoice choice_of(const nlohmann::json& json) {
  PrecisionChoice choice;
  const auto text = json.at("precision").get<std::string>();
  const auto* const named = std::find_if(std::begin(precisions), std::end(precisions),
                                         [&](Precision precision) { return name(precision) == text; });
  if (named == std::end(precisions)) throw Error(Errc::corrupt, "expected a precision, got '" + text + "'");
  choice.precision = *named;
  choice.agreement = json.at("agreement").get<double>();
  choice.pictures = json.at("pictures").get<std::int64_t>();
  choice.agreeing = json.at("agreeing").get<std::int64_t>();
  choice.measured = json.at("measured").get<std::string>();
  if (choice.precision == Precision::int8) choice.calibration = model::calibration_of(json.at("calibration"));
  return choice;
}

PrecisionChoice parsed(std::string_view text, const Json& wanted) {
  const nlohmann::json json = nlohmann::json::parse(text);
  if (json.at("format") != format)
    throw Error(Errc::corrupt, std::string("expected format ") + format + ", got another");
  for (const auto& [key, value] : wanted.items())
    if (json.at("conditions").at(key) != nlohmann::json(value))
      throw Error(Errc::corrupt, "expected a choice for " + key + " " + value.dump() + ", got one for " +
                                     json.at("conditions").at(key).dump());
  PrecisionChoice choice = choice_of(json.at("choice"));
  if (sha256_hex(bytes_of(choice_json(choice).dump())) != json.at("sha256"))
    throw Error(Errc::corrupt, "expected a choice of the sha256 that it names, got another");
  return choice;
}

}  // namespace

std::filesystem::path precision_file(const Model& model) {
  const std::filesystem::path folder = cache_folder();
  if (folder.empty() || model.fingerprint().empty()) return {};
  return folder / "precision" / (sha256_hex(bytes_of(conditions(model).dump())).substr(0, 32) + ".json");
}

std::optional<PrecisionChoice> remembered_precision(const Model& model) {
  const std::filesystem::path path = precision_file(model);
  if (std::error_code none; path.empty() || !std::filesystem::exists(path, none)) return std::nullopt;
  const auto refused = [&path](Errc code, const std::string& what) {
    return Error(code, path.string() + ": " + what + "; remove it to measure again");
  };
  const Result<FileBytes> file = read_file(path, most_bytes);
  if (!file) throw refused(file.error().code(), file.error().what());
  const auto bytes = file.value().bytes();
  try {
    return parsed({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, conditions(model));
  } catch (const Error& error) {
    throw refused(Errc::corrupt, error.what());
  } catch (const nlohmann::json::exception& error) {
    throw refused(Errc::corrupt, std::string("expected a remembered choice of precision, got: ") + error.what());
  }
}

void remember_precision(const Model& model, const PrecisionChoice& choice) {
  const std::filesystem::path path = precision_file(model);
  if (path.empty())
    throw Error(Errc::not_found, "precision: expected a model of a file and a cache folder, got none; set FOVEA_CACHE");
  const Json kept = choice_json(choice);
  const Json json = {{"format", format},
                     {"conditions", conditions(model)},
                     {"choice", kept},
                     {"sha256", sha256_hex(bytes_of(kept.dump()))}};
  std::error_code failed;
  if (std::filesystem::create_directories(path.parent_path(), failed); failed)
    throw Error(Errc::io, path.parent_path().string() + ": expected a folder to write to, got " + failed.message());
  OutputFile file = OutputFile::replacing(path);
  file.write(bytes_of(json.dump(1) + "\n"));
  file.commit();
}

}  // namespace fovea
