#include "model/architecture/architecture.h"

namespace fovea::model {

#define X(stem) Architecture stem##_architecture();
#include "architecture_leaves.inc"
#undef X

const std::vector<Architecture>& architectures() {
  static const std::vector<Architecture> all = {
#define X(stem) stem##_architecture(),
#include "architecture_leaves.inc"
#undef X
  };
  return all;
}

Network recognise(const StateDict& dict) {
  std::string known;
  for (const Architecture& architecture : architectures()) {
    if (architecture.matches(dict)) return architecture.build(dict);
    known += (known.empty() ? "" : ", ") + std::string(architecture.name);
  }
  throw Error(Errc::model_format, "model: expected the tensors of one of " + known + ", got " +
                                      std::to_string(dict.tensors.size()) + " tensors" +
                                      (dict.tensors.empty() ? "" : ", the first named " + dict.tensors.begin()->first));
}

}  // namespace fovea::model
