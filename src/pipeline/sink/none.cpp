#include "fovea/sink.h"

namespace fovea {
namespace {

class NoSink final : public RowSink {
 public:
  void write(const Row&) override {}
  void finish() override {}
};

}  // namespace

std::unique_ptr<RowSink> no_sink() {
  return std::make_unique<NoSink>();
}

}  // namespace fovea
