#include "fovea/memory_adaptors.h"

namespace fovea {
namespace {

thread_local const MemoryTag* innermost = nullptr;

}  // namespace

MemoryTag::MemoryTag(std::string_view name, std::source_location where)
    : path_(innermost ? innermost->path() + "/" : ""), where_(where), outer_(innermost) {
  path_ += name;
  innermost = this;
}

MemoryTag::~MemoryTag() {
  innermost = outer_;
}

const MemoryTag* MemoryTag::current() {
  return innermost;
}

}  // namespace fovea
