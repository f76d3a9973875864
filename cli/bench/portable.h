#pragma once
#include <functional>

namespace fovea::cli {

// The same with FOVEA_VARIANT=portable while it runs: plain bodies of ops, and libjpeg-turbo for JPEGs.
std::function<void()> portable(std::function<void()> run);

}  // namespace fovea::cli
