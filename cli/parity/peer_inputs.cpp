#include "parity/peer_inputs.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "fovea/npy.h"

extern "C" const char fovea_parity_peers[], fovea_parity_peers_end[];

namespace fovea::cli {
namespace {

namespace fs = std::filesystem;

std::string_view program() {
  return {fovea_parity_peers, static_cast<std::size_t>(fovea_parity_peers_end - fovea_parity_peers)};
}

// JSON holds no bytes that are not UTF-8, and paths do.
std::string hex_of(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

fs::path private_folder() {
  std::string pattern = (fs::temp_directory_path() / "fovea-parity-XXXXXX").native();
  if (!::mkdtemp(pattern.data())) throw PeerFailure(fmt::format("{}: {}", pattern, std::strerror(errno)));
  return pattern;
}

}  // namespace

PeerInputs::PeerInputs(const Preprocess& preprocess, bool orient) : peers_(1, program()), folder_(private_folder()) {
  question_ = {{"resize", preprocess.resize},
               {"crop", preprocess.crop},
               {"channels", preprocess.channels},
               {"filter", preprocess.interpolation},
               {"mean", preprocess.mean},
               {"std", preprocess.std},
               {"exif", orient},
               {"to", (folder_ / "input.npy").native()}};
}

PeerInputs::~PeerInputs() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

Array PeerInputs::of(const fs::path& picture) {
  question_["picture"] = hex_of(picture.native());
  peers_.ask(question_);
  Result<Array> input = load_npy(folder_ / "input.npy");
  if (!input) throw PeerFailure(input.error().what());
  return input.value();
}

}  // namespace fovea::cli
