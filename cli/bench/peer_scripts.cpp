#include "bench/peer_scripts.h"

#include <string>

extern "C" const char fovea_peer_measure[], fovea_peer_measure_end[], fovea_peer_dataloader[],
    fovea_peer_dataloader_end[], fovea_peer_opencv_ort[], fovea_peer_opencv_ort_end[];

namespace fovea::cli {

nlohmann::json peer_scripts() {
  return {{"measure.py", std::string(fovea_peer_measure, fovea_peer_measure_end)},
          {"dataloader.py", std::string(fovea_peer_dataloader, fovea_peer_dataloader_end)},
          {"opencv_ort.py", std::string(fovea_peer_opencv_ort, fovea_peer_opencv_ort_end)}};
}

}  // namespace fovea::cli
