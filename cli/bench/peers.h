#pragma once
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::cli {

// One call of a peer, or its process, failed.
class PeerFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Milliseconds of each of some calls in a row, or their mean alone, and the most resident memory, where it is known.
struct Calls {
  std::vector<double> ms;
  double peak_mb = 0;
};

std::string_view bench_peers();

// A Python process that runs NumPy and others when told to, and waits otherwise. The interpreter is $FOVEA_PYTHON, else
// python3. The destructor ends it.
class Peers {
 public:
  // Runs a Python program that answers each line, a JSON object, by one; bench_peers is that of `fovea bench`. Throws
  // PeerFailure when there is no such process.
  explicit Peers(int threads, std::string_view program = bench_peers());
  ~Peers();
  Peers(const Peers&) = delete;
  Peers& operator=(const Peers&) = delete;

  std::string packages() const;  // "Python 3.11, numpy 2.4 …; not installed: torch"
  bool alive() const;

  nlohmann::json ask(const nlohmann::json& question);  // throws PeerFailure, with what the answer calls an error

  // Names of the calls for the case; none, and a remark, when that failed.
  std::vector<std::string> prepare(const nlohmann::json& asked, bool loop, std::vector<std::string>& remarks);
  Calls run(const std::string& name, int times, bool each = false);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fovea::cli
