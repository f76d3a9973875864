#pragma once
#include <string>

namespace fovea::test {

// A library of tests/plugins/, by its name there.
inline std::string plugin_file(const std::string& name) {
  return FOVEA_BINARY_DIR "/tests/plugins/" + name + ".so";
}
inline const std::string swirl_plugin = FOVEA_BINARY_DIR "/examples/plugin/swirl.so";

}  // namespace fovea::test
