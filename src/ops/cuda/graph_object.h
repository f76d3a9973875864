#pragma once
#include <algorithm>
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

#include "ops/cuda/cudnn.h"

namespace fovea::ops::cuda {

// What cuDNN calls the type of an attribute.
template <class T>
inline constexpr cudnnBackendAttributeType_t attribute_type = [] {
  static_assert(sizeof(T) == 0, "no attribute of this type is set here");
  return CUDNN_TYPE_INT64;
}();
template <>
inline constexpr auto attribute_type<std::int64_t> = CUDNN_TYPE_INT64;
template <>
inline constexpr auto attribute_type<bool> = CUDNN_TYPE_BOOLEAN;
template <>
inline constexpr auto attribute_type<char> = CUDNN_TYPE_CHAR;
template <>
inline constexpr auto attribute_type<float> = CUDNN_TYPE_FLOAT;
template <>
inline constexpr auto attribute_type<double> = CUDNN_TYPE_DOUBLE;
template <>
inline constexpr auto attribute_type<cudnnHandle_t> = CUDNN_TYPE_HANDLE;
template <>
inline constexpr auto attribute_type<cudnnDataType_t> = CUDNN_TYPE_DATA_TYPE;
template <>
inline constexpr auto attribute_type<cudnnConvolutionMode_t> = CUDNN_TYPE_CONVOLUTION_MODE;
template <>
inline constexpr auto attribute_type<cudnnPointwiseMode_t> = CUDNN_TYPE_POINTWISE_MODE;
template <>
inline constexpr auto attribute_type<cudnnBackendHeurMode_t> = CUDNN_TYPE_HEUR_MODE;
template <>
inline constexpr auto attribute_type<cudnnBackendKnobType_t> = CUDNN_TYPE_KNOB_TYPE;
template <>
inline constexpr auto attribute_type<cudnnBackendNumericalNote_t> = CUDNN_TYPE_NUMERICAL_NOTE;
template <>
inline constexpr auto attribute_type<cudnnBackendBehaviorNote_t> = CUDNN_TYPE_BEHAVIOR_NOTE;

// An object of cuDNN's graph API ("backend descriptor"): made, given its attributes, then made final.
class GraphObject {
 public:
  explicit GraphObject(cudnnBackendDescriptorType_t type) {
    check_cudnn(Cudnn::get().create_object(type, &object_), "make a part of a graph");
  }
  ~GraphObject() {
    if (object_) Cudnn::get().destroy_object(object_);
  }
  GraphObject(GraphObject&& from) noexcept : object_(std::exchange(from.object_, nullptr)) {}
  GraphObject& operator=(GraphObject&& from) noexcept {
    std::swap(object_, from.object_);
    return *this;
  }
  cudnnBackendDescriptor_t get() const { return object_; }

  template <class T>
  void set(cudnnBackendAttributeName_t name, std::span<const T> values) {
    set(name, attribute_type<T>, values.size(), values.data());
  }
  template <class T>
  void set(cudnnBackendAttributeName_t name, std::initializer_list<T> values) {
    set(name, std::span<const T>(values.begin(), values.size()));
  }
  void refer(cudnnBackendAttributeName_t name, const GraphObject& object) {
    set(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &object.object_);
  }
  void refer(cudnnBackendAttributeName_t name, std::span<const cudnnBackendDescriptor_t> objects) {
    set(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, objects.size(), objects.data());
  }
  void set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, std::size_t count, const void* values) {
    check_cudnn(Cudnn::get().set_attribute(object_, name, type, static_cast<std::int64_t>(count), values),
                "take an attribute of a graph");
  }

  // Up to `most` values.
  template <class T>
  std::vector<T> values(cudnnBackendAttributeName_t name, std::size_t most) const {
    std::vector<T> found(most);
    std::int64_t count = 0;
    check_cudnn(Cudnn::get().get_attribute(object_, name, attribute_type<T>, static_cast<std::int64_t>(most), &count,
                                           found.data()),
                "tell an attribute of a graph");
    found.resize(std::min(most, static_cast<std::size_t>(count)));
    return found;
  }
  // Those that the attribute has, each of the type.
  std::vector<GraphObject> objects(cudnnBackendAttributeName_t name, cudnnBackendDescriptorType_t type) const {
    const auto get = [&](std::int64_t most, void* to) {
      std::int64_t count = 0;
      check_cudnn(Cudnn::get().get_attribute(object_, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, most, &count, to),
                  "tell a part of a graph");
      return static_cast<std::size_t>(count);
    };
    std::vector<GraphObject> found;
    std::vector<cudnnBackendDescriptor_t> raw;
    for (std::size_t k = get(0, nullptr); k > 0; --k) raw.push_back(found.emplace_back(type).get());
    const std::size_t count = get(static_cast<std::int64_t>(raw.size()), raw.data());
    while (found.size() > count) found.pop_back();
    return found;
  }

  // False where cuDNN cannot do what the attributes ask for; what else fails is an error.
  bool finalize() {
    const cudnnStatus_t status = Cudnn::get().finalize(object_);
    const int group = static_cast<int>(status) / 1000;
    constexpr int bad_parameter = 2, not_supported = 3;
    if (group == bad_parameter || group == not_supported) return false;
    check_cudnn(status, "finish a part of a graph");
    return true;
  }

 private:
  cudnnBackendDescriptor_t object_ = nullptr;
};

}  // namespace fovea::ops::cuda
