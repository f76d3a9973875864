#include "device/cpu/graph.h"

#include <algorithm>

#include "device/cpu/event.h"
#include "device/cpu/stream.h"
#include "device/cpu/transfer.h"
#include "device/profiler.h"

namespace fovea {

void run(const CpuWork& work, std::string_view name) {
  if (const auto* call = std::get_if<std::function<void()>>(&work)) {
    const profiler::Scope span(Activity::host_call, name);
    (*call)();
  } else if (const auto* transfer = std::get_if<Transfer>(&work)) {
    const profiler::Scope span(*transfer);
    run(*transfer);
  } else {
    const profiler::Scope span(std::get<Fill>(work));
    run(std::get<Fill>(work));
  }
}

CpuRecording::~CpuRecording() {
  for (const auto& release : kept_) release();
}

int CpuRecording::add(GraphNode node, CpuWork work) {
  const std::lock_guard lock(mutex_);
  nodes_.push_back(std::move(node));
  works_.push_back(std::move(work));
  return static_cast<int>(nodes_.size()) - 1;
}

void CpuRecording::join(std::weak_ptr<CpuStream> stream) {
  const std::lock_guard lock(mutex_);
  if (ended_)
    throw Error(Errc::invalid_argument, "graph: expected to wait for an event of a recording, got one that has ended");
  streams_.push_back(std::move(stream));
}

void CpuRecording::keep(std::function<void()> release) {
  const std::lock_guard lock(mutex_);
  kept_.push_back(std::move(release));
}

void CpuRecording::drop() noexcept {
  std::vector<std::weak_ptr<CpuStream>> streams;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    streams.swap(streams_);
  }
  for (const auto& stream : streams)
    if (const auto alive = stream.lock()) alive->leave_recording();
}

std::shared_ptr<const GraphBackend> CpuRecording::finish(const std::vector<int>& tail) {
  drop();
  const std::lock_guard lock(mutex_);
  std::vector<bool> joined(nodes_.size(), false);
  for (int node : tail) joined[static_cast<std::size_t>(node)] = true;
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    if (!joined[i])
      throw Error(Errc::invalid_argument, "graph: expected all work to be joined by the stream that records, got '" +
                                              nodes_[i].name + "' that it does not wait for");
    for (int before : nodes_[i].after) joined[static_cast<std::size_t>(before)] = true;
  }
  return std::make_shared<CpuGraph>(std::move(nodes_), std::move(works_), std::exchange(kept_, {}));
}

CpuGraph::~CpuGraph() {
  for (const auto& release : kept_) release();
}

std::shared_ptr<GraphExecBackend> CpuGraph::instantiate() const {
  return std::make_shared<CpuGraphExec>(std::static_pointer_cast<const CpuGraph>(shared_from_this()));
}

CpuGraphExec::CpuGraphExec(std::shared_ptr<const CpuGraph> graph)
    : graph_(std::move(graph)),
      parameters_(graph_),
      works_(graph_, &graph_->works()),
      lane_(graph_->nodes().size()),
      awaited_(graph_->nodes().size(), false) {
  std::vector<int> ends;  // the last node of each lane
  for (std::size_t i = 0; i < nodes().size(); ++i) {
    const std::vector<int>& after = nodes()[i].after;
    const auto follows = [&](int end) { return std::find(after.begin(), after.end(), end) != after.end(); };
    const auto at = i == 0 ? ends.end() : std::find_if(ends.begin(), ends.end(), follows);
    lane_[i] = static_cast<int>(at - ends.begin());
    at == ends.end() ? ends.push_back(static_cast<int>(i)) : void(*at = static_cast<int>(i));
    for (int before : after)
      if (lane_[static_cast<std::size_t>(before)] != lane_[i]) awaited_[static_cast<std::size_t>(before)] = true;
  }
  lane_count_ = static_cast<int>(ends.size());
}

std::vector<std::shared_ptr<CpuStream>> CpuGraphExec::lanes_of(CpuStream& first) {
  while (static_cast<int>(lanes_.size()) + 1 < lane_count_)
    lanes_.push_back(std::make_shared<CpuStream>(first.priority()));
  std::vector<std::shared_ptr<CpuStream>> lanes{std::static_pointer_cast<CpuStream>(first.shared_from_this())};
  lanes.insert(lanes.end(), lanes_.begin(), lanes_.end());
  for (const auto& lane : lanes) lane->start();  // all or none of the launch is enqueued
  return lanes;
}

// One launch: its first error, by which later nodes of any lane are skipped.
struct CpuGraphExec::Launch {
  std::shared_ptr<const CpuGraph> graph, parameters;
  std::shared_ptr<const std::vector<CpuWork>> works;
  std::mutex mutex;
  CpuStream::Failure failure;

  void run_node(std::size_t i) {
    {
      const std::lock_guard lock(mutex);
      if (failure) return;
    }
    try {
      run((*works)[i], graph->nodes()[i].name);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = named_error(graph->nodes()[i].name, std::current_exception());
    }
  }
};

void CpuGraphExec::launch(StreamBackend& on) {
  auto& stream = static_cast<CpuStream&>(on);
  const std::lock_guard lock(mutex_);
  if (stream.append_to_recording(nodes(), *works_, [graph = graph_, parameters = parameters_] {})) return;
  if (nodes().empty()) return;
  const auto launch = std::make_shared<Launch>();
  launch->graph = graph_;
  launch->parameters = parameters_;
  launch->works = works_;
  const auto lanes = lanes_of(stream);
  if (last_ && !last_->done()) stream.wait(last_);
  stream.step([launch](CpuStream::Failure& failure) { launch->failure = failure; });
  if (lane_count_ > 1) {
    const auto begin = stream.record();
    for (std::size_t k = 1; k < lanes.size(); ++k) lanes[k]->wait(begin);
  }
  std::vector<std::shared_ptr<EventBackend>> after(nodes().size());
  for (std::size_t i = 0; i < nodes().size(); ++i) {
    CpuStream& lane = *lanes[static_cast<std::size_t>(lane_[i])];
    for (int before : nodes()[i].after)
      if (const auto b = static_cast<std::size_t>(before); lane_[b] != lane_[i]) lane.wait(after[b]);
    lane.step([launch, i](CpuStream::Failure&) { launch->run_node(i); });
    if (awaited_[i]) after[i] = lane.record();
  }
  for (std::size_t k = 1; k < lanes.size(); ++k) stream.wait(lanes[k]->record());
  stream.step([launch](CpuStream::Failure& failure) {
    if (!failure) failure = launch->failure;
  });
  last_ = stream.record();
}

void CpuGraphExec::update(const GraphBackend& other) {
  const auto graph = std::static_pointer_cast<const CpuGraph>(other.shared_from_this());
  const std::lock_guard lock(mutex_);
  parameters_ = graph;
  works_ = {graph, &graph->works()};
}

void CpuGraphExec::set(int node, CpuWork work) {
  auto works = std::make_shared<std::vector<CpuWork>>(*works_);
  (*works)[static_cast<std::size_t>(node)] = std::move(work);
  works_ = std::move(works);
}

void CpuGraphExec::set_call(int node, std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  set(node, std::move(work));
}

void CpuGraphExec::set_copy(int node, void* to, const void* from) {
  const std::lock_guard lock(mutex_);
  Transfer transfer = std::get<Transfer>((*works_)[static_cast<std::size_t>(node)]);
  transfer.to = static_cast<std::byte*>(to);
  transfer.from = static_cast<const std::byte*>(from);
  set(node, transfer);
}

}  // namespace fovea
