#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::cuda::fake {

// A kernel in the part of PTX that the library's own is written in: integers and floats, shared memory, barriers. It is
// parsed once and then runs lane by lane. Every name is a register unless declared otherwise, and has 64 bits.
class PtxKernel {
 public:
  // Null where the text is not PTX or says what is not known here.
  static std::unique_ptr<const PtxKernel> parse(std::string_view text);
  const std::string& name() const { return name_; }
  const std::vector<std::size_t>& parameter_sizes() const { return sizes_; }

  // False for an access outside of shared memory, or a barrier that not all lanes reach.
  bool run(void** parameters, const unsigned* grid, const unsigned* block) const;

 private:
  friend class PtxParser;
  friend class PtxBlock;
  using Compute = std::uint64_t (*)(std::uint64_t, std::uint64_t, std::uint64_t);
  enum class Kind { compute, unpack, load_parameter, load_shared, store_shared, store_global, branch, barrier, end };
  struct Operand {
    int place = -1;           // of a register; -1: the value is all
    std::uint64_t value = 0;  // added to it: a number, or an offset
  };
  struct Instruction {
    Kind kind = Kind::compute;
    Compute compute = nullptr;
    bool counts = false;   // as arithmetic that can go wrong
    int predicate = -1;    // register
    int to = -1, to2 = 0;  // register, parameter or instruction
    std::size_t bytes = 4;
    Operand from[3];
  };
  std::string name_;
  std::vector<std::size_t> sizes_;
  std::vector<Instruction> instructions_;
  std::map<std::string, int, std::less<>> registers_;
  std::size_t shared_bytes_ = 0;
};

}  // namespace fovea::cuda::fake
