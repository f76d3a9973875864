#pragma once
#include <condition_variable>
#include <map>
#include <mutex>

namespace fovea {

// Work of a level goes on while no work of a lower number is inside. Levels of one number do not hold each other up.
class PriorityGate {
 public:
  void enter(int level);  // without waiting: it holds up those behind it before it runs itself
  void pass(int level);   // waits for those ahead; who calls it is inside
  void leave(int level);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int, int> inside_;  // by level
};
PriorityGate& priority_gate();

// Leaves the gate while the calling thread, if it is inside, waits for something that others may have to run for.
class OutsideGate {
 public:
  OutsideGate();
  ~OutsideGate();
  OutsideGate(const OutsideGate&) = delete;
  OutsideGate& operator=(const OutsideGate&) = delete;

 private:
  const int* level_;
};
// The level at which the calling thread is inside, or null.
extern thread_local const int* gate_level_now;

}  // namespace fovea
