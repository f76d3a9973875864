#include "support/fake_cuda/ptx.h"

#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "support/fake_cuda/state.h"

namespace fovea::cuda::fake {
namespace {

using Word = std::uint64_t;

std::uint32_t low(Word w) {
  return static_cast<std::uint32_t>(w);
}
float f32(Word w) {
  return std::bit_cast<float>(low(w));
}
double f64(Word w) {
  return std::bit_cast<double>(w);
}
Word word(float f) {
  return std::bit_cast<std::uint32_t>(f);
}
Word word(double d) {
  return std::bit_cast<Word>(d);
}
Word same(Word a, Word, Word) {
  return a;
}

struct Opcode {
  std::string_view name;
  Word (*compute)(Word, Word, Word);
  bool counts = false;
};
constexpr Opcode opcodes[] = {
    {"mov.u32", [](Word a, Word, Word) -> Word { return low(a); }},
    {"mov.b32", [](Word a, Word, Word) -> Word { return low(a); }},
    {"cvta.to.global.u64", same},
    {"mad.lo.u32", [](Word a, Word b, Word c) -> Word { return low(a * b + c); }, true},
    {"add.u32", [](Word a, Word b, Word) -> Word { return low(a + b); }},
    {"add.u64", [](Word a, Word b, Word) { return a + b; }},
    {"mul.wide.u32", [](Word a, Word b, Word) { return Word{low(a)} * low(b); }},
    {"and.b32", [](Word a, Word b, Word) -> Word { return low(a & b); }},
    {"or.b32", [](Word a, Word b, Word) -> Word { return low(a | b); }},
    {"xor.b32", [](Word a, Word b, Word) -> Word { return low(a ^ b); }, true},
    {"shl.b32", [](Word a, Word b, Word) -> Word { return low(a << b); }},
    {"shr.u32", [](Word a, Word b, Word) -> Word { return low(a) >> b; }},
    {"neg.f32", [](Word a, Word, Word) { return word(-f32(a)); }},
    {"neg.f64", [](Word a, Word, Word) { return word(-f64(a)); }},
    {"fma.rn.f32", [](Word a, Word b, Word c) { return word(std::fma(f32(a), f32(b), f32(c))); }, true},
    {"fma.rn.f64", [](Word a, Word b, Word c) { return word(std::fma(f64(a), f64(b), f64(c))); }, true},
    {"cvt.f64.f32", [](Word a, Word, Word) { return word(static_cast<double>(f32(a))); }},
    {"setp.lt.u32", [](Word a, Word b, Word) -> Word { return low(a) < low(b); }},
    {"setp.ne.u32", [](Word a, Word b, Word) -> Word { return low(a) != low(b); }},
};

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \n\t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \n\t") - begin + 1);
}

std::string_view taken(std::string_view& text, std::string_view until) {
  const std::size_t end = std::min(text.find_first_of(until), text.size());
  const std::string_view part = trimmed(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

std::string without_comments(std::string_view text) {
  std::string code;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    code += std::string(line.substr(0, line.find("//"))) + '\n';
  }
  return code;
}

}  // namespace

class PtxParser {
 public:
  explicit PtxParser(std::string_view text) : code_(without_comments(text)) {}

  std::unique_ptr<const PtxKernel> parse() {
    std::string_view code = code_;
    if (!trimmed(code).starts_with(".version")) return nullptr;
    const std::size_t entry = code.find(".entry ");
    if (entry == std::string_view::npos) return nullptr;
    code.remove_prefix(entry + 7);
    kernel_->name_ = taken(code, "(");
    std::string_view parameters = taken(code, ")");
    while (!parameters.empty()) parameter(taken(parameters, ","));
    taken(code, "{");
    code = code.substr(0, code.rfind('}'));
    while (!trimmed(code).empty()) statement(code);
    for (const auto& [at, label] : branches_) {
      if (!labels_.contains(label)) return nullptr;
      kernel_->instructions_[at].to = labels_[label];
    }
    return known_ ? std::move(kernel_) : nullptr;
  }

 private:
  using Kernel = PtxKernel;

  void parameter(std::string_view text) {
    parameters_[std::string(text.substr(text.rfind(' ') + 1))] = static_cast<int>(kernel_->sizes_.size());
    kernel_->sizes_.push_back(text.find("64") != std::string_view::npos ? 8 : 4);
  }

  int of_register(std::string_view name) {
    const auto next = static_cast<int>(kernel_->registers_.size());
    return kernel_->registers_.try_emplace(std::string(name), next).first->second;
  }

  Kernel::Operand operand(std::string_view text) {
    if (text.starts_with('[')) text = text.substr(1, text.size() - 2);
    if (text.starts_with("0f")) return {-1, std::strtoull(std::string(text.substr(2)).c_str(), nullptr, 16)};
    if (text.starts_with("0d")) return {-1, std::strtoull(std::string(text.substr(2)).c_str(), nullptr, 16)};
    if (text[0] >= '0' && text[0] <= '9') return {-1, std::strtoull(std::string(text).c_str(), nullptr, 10)};
    const std::size_t plus = text.find('+');
    const Word offset =
        plus == std::string_view::npos ? 0 : std::strtoull(std::string(text.substr(plus + 1)).c_str(), nullptr, 10);
    if (text == shared_) return {-1, offset};  // shared memory begins at 0
    return {of_register(text.substr(0, plus)), offset};
  }

  void statement(std::string_view& code) {
    std::string_view line = taken(code, ";");
    for (std::size_t colon = line.find(':'); colon != std::string_view::npos; colon = line.find(':')) {
      labels_[std::string(trimmed(line.substr(0, colon)))] = static_cast<int>(kernel_->instructions_.size());
      line = trimmed(line.substr(colon + 1));
    }
    if (line.starts_with(".shared")) {
      shared_ = line.substr(line.rfind(' ') + 1, line.find('[') - line.rfind(' ') - 1);
      kernel_->shared_bytes_ = std::strtoul(line.data() + line.find('[') + 1, nullptr, 10);
    } else if (!line.starts_with(".reg")) {
      instruction(line);
    }
  }

  void instruction(std::string_view line) {
    Kernel::Instruction made;
    if (line.starts_with('@')) {
      line.remove_prefix(1);
      made.predicate = of_register(taken(line, " "));
    }
    const std::string_view name = taken(line, " ");
    std::vector<std::string_view> operands;
    if (line.starts_with('{')) {  // {low, high}, from
      line.remove_prefix(1);
      operands.push_back(taken(line, ","));
      operands.push_back(taken(line, "}"));
      taken(line, ",");
      operands.push_back(trimmed(line));
      made.kind = Kernel::Kind::unpack;
    } else {
      while (!line.empty()) operands.push_back(taken(line, ","));
    }
    finish(made, name, operands);
    kernel_->instructions_.push_back(made);
  }

  void finish(Kernel::Instruction& made, std::string_view name, const std::vector<std::string_view>& operands) {
    using Kind = Kernel::Kind;
    const auto is = [&](std::string_view start) { return name.starts_with(start); };
    made.bytes = name.find("64") != std::string_view::npos ? 8 : 4;
    if (is("ret")) {
      made.kind = Kind::end;
    } else if (is("bar.sync")) {
      made.kind = Kind::barrier;
    } else if (is("bra")) {
      made.kind = Kind::branch;
      branches_.emplace_back(kernel_->instructions_.size(), operands[0]);
    } else if (is("st.")) {
      made.kind = is("st.shared") ? Kind::store_shared : Kind::store_global;
      made.from[0] = operand(operands[0]);
      made.from[1] = operand(operands[1]);
    } else if (is("ld.param")) {
      made.kind = Kind::load_parameter;
      made.to = of_register(operands[0]);
      made.to2 = parameters_.at(std::string(operands[1].substr(1, operands[1].size() - 2)));
    } else {
      made.to = of_register(operands[0]);
      std::size_t first = 1;
      if (made.kind == Kind::unpack) made.to2 = of_register(operands[first++]);
      for (std::size_t k = first; k < operands.size(); ++k) made.from[k - first] = operand(operands[k]);
      if (is("ld.shared"))
        made.kind = Kind::load_shared;
      else if (made.kind == Kind::compute)
        known_ = known_ && choose(made, name);
    }
  }

  static bool choose(Kernel::Instruction& made, std::string_view name) {
    for (const Opcode& opcode : opcodes)
      if (opcode.name == name) {
        made.compute = opcode.compute;
        made.counts = opcode.counts;
        return true;
      }
    return false;
  }

  const std::string code_;
  std::unique_ptr<Kernel> kernel_ = std::make_unique<Kernel>();
  std::map<std::string, int> parameters_, labels_;
  std::vector<std::pair<std::size_t, std::string>> branches_;
  std::string_view shared_;
  bool known_ = true;
};

// The lanes of one block, from barrier to barrier.
class PtxBlock {
 public:
  PtxBlock(const PtxKernel& kernel, void** parameters, unsigned block, unsigned lanes)
      : kernel_(kernel), parameters_(parameters), shared_(kernel.shared_bytes_), lanes_(lanes) {
    for (unsigned lane = 0; lane < lanes; ++lane) {
      lanes_[lane].registers.resize(kernel.registers_.size());
      const std::pair<std::string_view, unsigned> given[] = {{"%tid.x", lane}, {"%ctaid.x", block}, {"%smid", block}};
      for (const auto& [name, value] : given)
        if (const auto at = kernel.registers_.find(name); at != kernel.registers_.end())
          lanes_[lane].registers[static_cast<std::size_t>(at->second)] = value;
    }
  }

  bool run() {
    for (;;) {
      std::size_t ended = 0;
      for (std::size_t turn = lanes_.size(); turn-- > 0;) {
        if (!run_to_barrier(lanes_[turn])) return false;
        ended += lanes_[turn].at == nowhere ? 1 : 0;
      }
      if (ended == lanes_.size()) return true;
      if (ended > 0) return false;
    }
  }

 private:
  static constexpr std::size_t nowhere = ~std::size_t{0};
  struct Lane {
    std::vector<Word> registers;
    std::size_t at = 0;
  };

  static Word value(const Lane& lane, const PtxKernel::Operand& from) {
    return from.value + (from.place < 0 ? 0 : lane.registers[static_cast<std::size_t>(from.place)]);
  }

  std::byte* shared(Word at) { return at % 4 == 0 && at + 4 <= shared_.size() ? shared_.data() + at : nullptr; }

  bool run_to_barrier(Lane& lane) {
    using Kind = PtxKernel::Kind;
    for (;;) {
      const PtxKernel::Instruction& now = kernel_.instructions_[lane.at++];
      if (now.predicate >= 0 && lane.registers[static_cast<std::size_t>(now.predicate)] == 0) continue;
      switch (now.kind) {
        case Kind::end:
          lane.at = nowhere;
          return true;
        case Kind::barrier:
          return true;
        case Kind::branch:
          lane.at = static_cast<std::size_t>(now.to);
          break;
        default:
          if (!run_one(lane, now)) return false;
      }
    }
  }

  bool run_one(Lane& lane, const PtxKernel::Instruction& now) {
    using Kind = PtxKernel::Kind;
    const auto target = [&](int place) -> Word& { return lane.registers[static_cast<std::size_t>(place)]; };
    const Word a = value(lane, now.from[0]), b = value(lane, now.from[1]);
    switch (now.kind) {
      case Kind::compute:
        target(now.to) = now.compute(a, b, value(lane, now.from[2])) ^ (now.counts && arithmetic_goes_wrong() ? 1 : 0);
        return true;
      case Kind::unpack:
        target(now.to) = low(a);
        target(now.to2) = a >> 32;
        return true;
      case Kind::load_parameter:
        target(now.to) = 0;
        std::memcpy(&target(now.to), parameters_[now.to2], now.bytes);
        return true;
      case Kind::store_global:
        std::memcpy(reinterpret_cast<void*>(static_cast<std::uintptr_t>(a)), &b, now.bytes);
        return true;
      case Kind::load_shared:
      case Kind::store_shared: {
        std::byte* const there = shared(a);
        if (there == nullptr) return false;
        if (now.kind == Kind::store_shared) return std::memcpy(there, &b, 4) != nullptr;
        target(now.to) = 0;
        std::memcpy(&target(now.to), there, 4);
        return true;
      }
      default:
        return false;
    }
  }

  const PtxKernel& kernel_;
  void** const parameters_;
  std::vector<std::byte> shared_;
  std::vector<Lane> lanes_;
};

std::unique_ptr<const PtxKernel> PtxKernel::parse(std::string_view text) {
  return PtxParser(text).parse();
}

bool PtxKernel::run(void** parameters, const unsigned* grid, const unsigned* block) const {
  for (unsigned k = 0; k < grid[0]; ++k)
    if (!PtxBlock(*this, parameters, k, block[0]).run()) return false;
  return true;
}

}  // namespace fovea::cuda::fake
