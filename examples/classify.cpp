#include <fovea/processor.h>

#include <cstdio>

int main(int argc, char** argv) {
  const std::vector<std::string> inputs(argv + 1, argv + argc);
  const fovea::ImageProcessor processor;  // the embedded model on all cores
  processor.parallel_process(fovea::list_inputs(inputs), [](fovea::Row&& row) {
    if (row.error)
      std::printf("%s: %s\n", row.path.c_str(), row.error->what());
    else
      std::printf("%s: %s (%.0f %%)\n", row.path.c_str(), row.top[0].label.c_str(), 100 * row.top[0].probability);
  });
}
