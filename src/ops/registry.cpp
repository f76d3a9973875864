#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <mutex>

#include "ops/cuda_plugin.h"
#include "ops/dispatch/no_kernel.h"

namespace fovea::ops {

namespace cpu {
#define X(stem) void register_##stem(Registry&);
#include "ops_leaves.inc"
#undef X
}  // namespace cpu

namespace {

Registry make_registry() {
  Registry r;
#define X(stem) cpu::register_##stem(r);
#include "ops_leaves.inc"
#undef X
  register_cuda_rows(r);
  return r;
}

// The body that an op cannot do without: that of a plug-in too.
bool portable(const Row& row) {
  return row.variant == "portable" || row.variant == "plugin";
}

// All states are kept for whoever still refers to them.
struct States {
  std::mutex extending;
  std::vector<std::unique_ptr<const Registry>> all;
  std::atomic<const Registry*> last;

  States() { append(std::make_unique<const Registry>(make_registry())); }
  void append(std::unique_ptr<const Registry> state) {
    all.push_back(std::move(state));
    last.store(all.back().get(), std::memory_order_release);
  }
};

States& states() {
  static States instance;
  return instance;
}

}  // namespace

const Registry& registry() {
  return *states().last.load(std::memory_order_acquire);
}

void extend_registry(const std::function<void(Registry&)>& add) {
  States& s = states();
  std::scoped_lock lock(s.extending);
  auto next = std::make_unique<Registry>(*s.all.back());
  add(*next);
  s.append(std::move(next));
}

void Registry::insert(Op op) {
  auto at =
      std::lower_bound(ops_.begin(), ops_.end(), op.name, [](const Op& a, std::string_view n) { return a.name < n; });
  if (at == ops_.end() || at->name != op.name) ops_.insert(at, std::move(op));
}

void Registry::add_row(Row row) {
  const auto after = [&](const Row& other) { return portable(other) || (!portable(row) && other.rank < row.rank); };
  rows_.insert(portable(row) ? rows_.end() : std::find_if(rows_.begin(), rows_.end(), after), row);
}

const Op& Registry::op(std::string_view name) const {
  auto at = std::find_if(ops_.begin(), ops_.end(), [&](const Op& op) { return op.name == name; });
  if (at == ops_.end()) throw Error(Errc::invalid_argument, "op " + std::string(name) + ": there is none of this name");
  return *at;
}

const Row& Registry::find(const Op& op, Call& call, Device::Kind device) const {
  const char* wish = std::getenv("FOVEA_VARIANT");
  const bool forced = wish && *wish;
  const auto takes = [&](const Row& row) {
    return row.op == op.name && row.device == device && fovea::ops::takes(row, call);
  };
  for (const Row& row : rows_)
    if (!forced && row.variant == call.choice.variant && takes(row)) return row;
  for (const Row& row : rows_)
    if ((!forced || row.variant == wish) && takes(row)) return row;
  for (const Row& row : rows_)
    if (forced && portable(row) && takes(row)) return row;
  throw no_kernel(op, call, device, rows_);
}

std::vector<OpInfo> list() {
  std::vector<OpInfo> infos;
  const Registry& state = registry();
  for (const Op& op : state.all()) {
    OpInfo info{std::string(op.name), std::string(op.summary), op.inputs, op.params, {}};
    for (const Row& row : state.rows())
      if (row.op == op.name)
        info.variants.push_back((row.device == Device::Kind::cpu ? "cpu/" : "cuda/") + std::string(row.variant));
    infos.push_back(std::move(info));
  }
  return infos;
}

struct WeightCache::State {
  std::mutex mutex;
  std::map<std::pair<const void*, std::string>, Array> arrays;
};
WeightCache::WeightCache() : state_(std::make_unique<State>()) {}
WeightCache::~WeightCache() = default;

Array WeightCache::get(const void* original, const std::string& layout, const std::function<Array()>& make) {
  std::scoped_lock lock(state_->mutex);
  auto [at, fresh] = state_->arrays.try_emplace({original, layout});
  if (fresh) at->second = make();
  return at->second;
}

}  // namespace fovea::ops
