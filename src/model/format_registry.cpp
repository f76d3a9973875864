#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "model/format/format.h"
#include "model/tensor_bytes.h"

namespace fovea::model {

#define X(stem) Format stem##_format();
#include "model_format_leaves.inc"
#undef X

const std::vector<Format>& formats() {
  static const std::vector<Format> all{
#define X(stem) stem##_format(),
#include "model_format_leaves.inc"
#undef X
  };
  return all;
}

namespace {

constexpr std::int64_t max_file_bytes = std::int64_t{4} << 30;

struct Stranger {
  std::string_view start, what;
};
constexpr std::array strangers{
    Stranger{"version https://git-lfs.github.com/",
             "a git-LFS pointer, not the weights; fetch them with `git lfs pull`"},
    Stranger{"\x89HDF", "an HDF5 file; convert it to safetensors"},
    Stranger{"\x93NUMPY", "a NumPy array; convert it to safetensors"},
    Stranger{"GGUF", "a GGUF model; convert it to safetensors"},
    Stranger{"\x1f\x8b", "a gzip file; decompress it first"},
    Stranger{"\x80", "a pickle that torch.save did not write; save the state dict with torch.save or as safetensors"},
};

bool is_html(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  std::string head(text.substr(0, 14));
  for (char& c : head) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return head.starts_with("<!doctype html") || head.starts_with("<html");
}

// Field 1 (ir_version, a varint) first, then a field of ModelProto: 2 producer_name .. 8 opset_import.
bool is_onnx(std::string_view text) {
  return text.size() > 3 && text[0] == 0x08 && text[1] > 0 && text[1] < 32 && (text[2] & 7) == 2 && text[2] >= 0x12 &&
         text[2] <= 0x42;
}

Error unknown(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 4096));
  std::string what = "bytes that no reader knows";
  if (is_html(text)) {
    what = "an HTML page; the download gave a web page, not the file";
  } else if (is_onnx(text)) {
    what = "an ONNX model; export the state dict as .pth or .safetensors";
  } else {
    for (const Stranger& stranger : strangers)
      if (text.starts_with(stranger.start)) what = stranger.what;
  }
  return Error(Errc::model_format, "weights: expected a safetensors or torch .pth file, got " + what);
}

// A prefix goes only when every name has it: then it is a wrapper's, not a submodule's.
void strip_wrappers(std::map<std::string, Array>& tensors) {
  const auto strip = [&](std::string_view prefix) {
    const bool all = !tensors.empty() && std::all_of(tensors.begin(), tensors.end(), [&](const auto& entry) {
      return entry.first.starts_with(prefix) && entry.first.size() > prefix.size();
    });
    if (!all) return false;
    std::map<std::string, Array> plain;
    for (auto& [key, tensor] : tensors) plain.emplace(key.substr(prefix.size()), std::move(tensor));
    tensors = std::move(plain);
    return true;
  };
  constexpr int most = 8;
  for (int i = 0; i < most && (strip("module.") || strip("_orig_mod.")); ++i) {
  }
}

}  // namespace

Result<StateDict> parse_state_dict(const FileBytes& file) {
  if (file.size == 0) return Error(Errc::empty, "weights: expected a safetensors or torch .pth file, got 0 bytes");
  for (const Format& format : formats()) {
    if (!format.matches(file.bytes())) continue;
    Result<StateDict> dict = format.read(file);
    if (dict) {
      dict.value().format = format.name;
      strip_wrappers(dict.value().tensors);
    }
    return dict;
  }
  return unknown(file.bytes());
}

}  // namespace fovea::model

namespace fovea {

Result<StateDict> load_state_dict(const std::filesystem::path& path) {
  Result<FileBytes> file = read_file(path, model::max_file_bytes);
  if (!file) return file.error();
  return model::parse_state_dict(file.value());
}

}  // namespace fovea
