#pragma once
#include <span>
#include <utility>
#include <vector>

#include "fovea/memory.h"
#include "kernel/view.h"

namespace fovea {

template <class T>
class Table {
 public:
  Table() = default;
  explicit Table(std::vector<T> values) : values_(std::move(values)) {}
  const T* data() const { return values_.data(); }
  Index size() const { return static_cast<Index>(values_.size()); }

 private:
  std::vector<T> values_;
};

template <class T>
class Scratch {
 public:
  Scratch(Queue, Index count)
      : bytes_(static_cast<std::size_t>(count) * sizeof(T)), data_(static_cast<T*>(memory_->allocate(bytes_))) {}
  ~Scratch() { memory_->deallocate(data_, bytes_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  T* data() const { return data_; }

 private:
  std::shared_ptr<Memory> memory_ = host_memory();
  std::size_t bytes_;
  T* data_;
};

}  // namespace fovea
