#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "fovea/expr.h"
#include "fovea/language.h"
#include "op_files.h"

namespace fovea::cli {

// "f64 [3, 4]\n"
std::string type_text(const language::Value&);

// As NumPy prints it, numbers with all their digits; ends in a newline.
std::string value_text(const language::Value&, int precision, const fovea::EvalOptions&);

// The file that a result goes to; it appears once it is complete. Large arrays are written straight into a mapped file,
// beside its final place until then.
class EvalOutput {
 public:
  explicit EvalOutput(std::filesystem::path);
  ~EvalOutput();

  // For the result of an op that is the last step.
  Array make(DType, const Shape&);
  // Returns the note for people.
  std::string write(const language::Value&, const fovea::EvalOptions&);

 private:
  struct Partial;
  void write_array(const Expr&, const language::Value&, const fovea::EvalOptions&);
  bool mapped(DType, const Shape&) const;
  std::filesystem::path path_;
  std::unique_ptr<Partial> partial_;
  Array made_;
};

}  // namespace fovea::cli
