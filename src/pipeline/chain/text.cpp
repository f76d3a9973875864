#include "pipeline/chain/text.h"

namespace fovea::pipeline {
namespace {

// Reads words up to the next of the marks that mean something.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool done() const { return at_ == text_.size(); }
  bool take(char mark) {
    if (done() || text_[at_] != mark) return false;
    ++at_;
    return true;
  }
  Word word(const char* what) {
    const std::size_t end = std::min(text_.find_first_of(",:=", at_), text_.size());
    if (end == at_) throw refusal(at_, std::string("expected ") + what + ", got " + next());
    Word word{std::string(text_.substr(at_, end - at_)), at_};
    at_ = end;
    return word;
  }
  void expect(char mark, const Word& behind) {
    if (!take(mark))
      throw refusal(at_, std::string("expected '") + mark + "' behind '" + behind.text + "', got " + next());
  }
  std::string next() const { return done() ? "the end" : std::string("'") + text_[at_] + "'"; }
  std::size_t at() const { return at_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

StepText read_step(Reader& reader) {
  StepText step;
  step.name = reader.word("a name");
  if (reader.take('=')) step.arguments.push_back({{"", reader.at()}, reader.word("a value")});
  while (reader.take(':')) {
    Word name = reader.word("a parameter's name");
    reader.expect('=', name);
    step.arguments.push_back({std::move(name), reader.word("a value")});
  }
  return step;
}

}  // namespace

Error refusal(std::size_t at, const std::string& message) {
  return Error(Errc::invalid_argument, "transform: character " + std::to_string(at + 1) + ": " + message);
}

std::vector<StepText> split_chain(std::string_view text) {
  std::vector<StepText> steps;
  Reader reader(text);
  do {
    steps.push_back(read_step(reader));
  } while (reader.take(','));
  if (!reader.done()) throw refusal(reader.at(), "expected ',' or the end, got " + reader.next());
  return steps;
}

}  // namespace fovea::pipeline
