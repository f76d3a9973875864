#include "device/cuda/timed_span.h"
#include "device/current.h"
#include "device/keep_alive.h"
#include "device/profiler.h"
#include "ops/dispatch/enqueue.h"

namespace fovea::ops {
namespace {

struct Request {
  const Op& op;
  std::shared_ptr<void> params;
  std::vector<TensorSpec> specs;
};

Request check(std::string_view name, const Params& params, std::span<const Array> inputs) {
  const Op& op = registry().op(name);
  Request request{op, op.bind(op, params), {}};
  std::size_t needed = 0;
  for (const std::string& input : op.inputs) needed += input.back() != '?';
  require(inputs.size() >= needed && inputs.size() <= op.inputs.size(), name,
          "expected " + std::to_string(needed) + " to " + std::to_string(op.inputs.size()) + " inputs, got " +
              std::to_string(inputs.size()));
  for (const Array& input : inputs) {
    require(input.device() == inputs.front().device(), name,
            "expected inputs of one device, got some of " + inputs.front().device().name() + " and " +
                input.device().name() + "; use to()");
    request.specs.push_back({input.dtype(), input.shape()});
  }
  return request;
}

const Row& find(const Request& request, Call& call, Device device) {
  call = {request.params.get(), request.specs, request.op.infer(request.params.get(), request.specs)};
  return registry().find(request.op, call, device.kind);
}

Array dense(const Array& input, const Stream& stream) {
  const Array copied = Array::empty(input.shape(), input.dtype(), device_memory(input.device()), stream);
  fovea::copy(input, copied, stream);
  return copied;
}

Array enqueue_request(const Request& request, std::span<const Array> inputs, const Stream& stream) {
  const OnDevice current(stream.device());
  Call call;
  const Row& row = find(request, call, stream.device());
  const std::shared_ptr<Kernel> kernel = row.prepare(call);
  std::vector<Array> arrays;
  for (const Array& input : inputs)
    arrays.push_back(request.op.strided || input.contiguous() ? input : dense(input, stream));
  const Array output = Array::empty(call.output.shape, call.output.dtype, device_memory(stream.device()), stream);
  enqueue(kernel, row, std::move(arrays), output, stream);
  return output;
}

void check_result(std::string_view name, const TensorSpec& wanted, const Array& output) {
  require(output.shape() == wanted.shape && output.dtype() == wanted.dtype && output.contiguous() &&
              output.writable() && output.device() == Device::cpu(),
          name, "expected a contiguous, writable result of the op's type and shape on the host, got another");
}

Array apply_on_device(const Request& request, std::span<const Array> inputs, const ResultMaker& result) {
  const Stream stream(inputs.front().device());
  Array output = enqueue_request(request, inputs, stream);
  if (result) {
    const Array host = result(output.dtype(), output.shape());
    check_result(request.op.name, {output.dtype(), output.shape()}, host);
    fovea::copy(output, host, stream);
    output = host;
  }
  stream.synchronize();
  return output;
}

}  // namespace

void enqueue(const std::shared_ptr<Kernel>& kernel, const Row& row, std::vector<Array> inputs, const Array& output,
             const Stream& stream) {
  if (stream.device() == Device::cpu()) {
    Stream queue = stream;
    return queue.call(row.op, [kernel, arrays = std::move(inputs), output] { kernel->run(Queue{}, arrays, output); });
  }
  struct Run {
    std::shared_ptr<Kernel> kernel;
    std::vector<Array> inputs;
    Array output;
  };
  const auto run = std::make_shared<const Run>(Run{kernel, std::move(inputs), output});
  const OnDevice current(stream.device());
  try {
    const CudaTimedSpan span(stream, {Activity::kernel, row.op, row.variant});
    kernel->run(Queue{stream.native()}, run->inputs, output);
  } catch (...) {
    keep_alive(stream, run);  // for what was enqueued before
    throw;
  }
  keep_alive(stream, run);
}

Array apply(std::string_view name, const Params& params, std::span<const Array> inputs, const ResultMaker& result) {
  const Request request = check(name, params, inputs);
  if (!inputs.empty() && inputs.front().device() != Device::cpu()) return apply_on_device(request, inputs, result);
  std::vector<Array> arrays;
  for (const Array& input : inputs) arrays.push_back(request.op.strided || input.contiguous() ? input : input.copy());
  Call call;
  const Row& row = find(request, call, Device::cpu());
  const auto kernel = row.prepare(call);
  Array output =
      result ? result(call.output.dtype, call.output.shape) : Array::empty(call.output.shape, call.output.dtype);
  check_result(name, call.output, output);
  const profiler::Scope span(Activity::op, row.op, row.variant);
  kernel->run(Queue{}, arrays, output);
  return output;
}

Array enqueue(std::string_view name, const Params& params, std::span<const Array> inputs, const Stream& stream) {
  const Request request = check(name, params, inputs);
  if (!inputs.empty())
    require(inputs.front().device() == stream.device(), name,
            "expected inputs of the stream's device, " + stream.device().name() + ", got some of " +
                inputs.front().device().name() + "; use to()");
  return enqueue_request(request, inputs, stream);
}

}  // namespace fovea::ops
