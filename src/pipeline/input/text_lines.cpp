#include "pipeline/input/text_lines.h"

#include <cstring>
#include <utility>

namespace fovea::pipeline {
namespace {

constexpr std::size_t buffer_bytes = 64 << 10;

Error bad_line(std::int64_t number, const std::string& what) {
  return Error(Errc::corrupt, "line " + std::to_string(number) + ": " + what);
}

}  // namespace

bool TextLines::fill() {
  if (ended_) return false;
  if (buffer_.empty()) buffer_.resize(buffer_bytes);
  const Result<std::size_t> got = bytes_->read(buffer_);
  if (!got) failure_ = got.error();
  at_ = 0;
  end_ = got ? got.value() : 0;
  ended_ = end_ == 0;
  if (!std::exchange(begun_, true) && end_ >= 3 && std::memcmp(buffer_.data(), "\xEF\xBB\xBF", 3) == 0) at_ = 3;
  return at_ < end_ || (!ended_ && fill());
}

int TextLines::peek() {
  return at_ < end_ || fill() ? static_cast<int>(buffer_[at_]) : -1;
}

int TextLines::get() {
  const int byte = peek();
  if (byte >= 0) ++at_;
  if (byte == '\n') ++line_;
  return byte;
}

std::optional<TextLines::Line> TextLines::next_line() {
  if (peek() < 0 && !failure_) return std::nullopt;
  Line line{line_, {}, {}};
  bool long_one = false;
  int byte = 0;
  while ((byte = get()) >= 0 && byte != '\n') {
    long_one |= line.text.size() > most_bytes;  // with the CR of its end
    if (!long_one) line.text += static_cast<char>(byte);
  }
  if (line.text.ends_with('\r')) line.text.pop_back();
  if (long_one || line.text.size() > most_bytes)
    line.error = bad_line(line.number, "expected at most " + std::to_string(most_bytes) + " bytes, got more");
  if (!line.error && line.text.find('\0') != line.text.npos)
    line.error = bad_line(line.number, "expected text, got a NUL");
  if (byte < 0 && failure_) line.error = *std::exchange(failure_, std::nullopt);
  return line;
}

std::optional<TextLines::Record> TextLines::next_record() {
  while (peek() == '\n' || peek() == '\r') get();
  if (peek() < 0 && !failure_) return std::nullopt;
  Record record{line_, {""}, {}};
  std::size_t bytes = 0;
  bool quoted = false, closed = false;
  const auto complain = [&](const std::string& what) {
    if (!record.error) record.error = bad_line(record.number, what);
  };
  while (true) {
    const int byte = get();
    std::string& field = record.fields.back();
    if (byte < 0) break;
    if (byte == 0) complain("expected text, got a NUL");
    const bool ends = !quoted && (byte == '\n' || (byte == '\r' && peek() == '\n'));
    if (++bytes > most_bytes && !ends) {
      complain("expected a record of at most " + std::to_string(most_bytes) + " bytes, got more");
      if (byte == '\n') break;  // what quotes there were is given up
      continue;
    }
    if (ends) {
      if (byte == '\r') get();
      break;
    }
    if (quoted) {
      if (byte != '"')
        field += static_cast<char>(byte);
      else if (peek() == '"')
        field += static_cast<char>(get());
      else
        quoted = false, closed = true;
    } else if (byte == ',') {
      record.fields.emplace_back();
      closed = false;
    } else if (byte == '"' && field.empty() && !closed) {
      quoted = true;
    } else {
      if (closed || byte == '"')
        complain("expected a comma after a quoted field, and quotes around a field with quotes");
      field += static_cast<char>(byte);
    }
  }
  if (quoted) complain("expected a closing quote, got the end of the list");
  if (failure_) record.error = *std::exchange(failure_, std::nullopt);
  return record;
}

}  // namespace fovea::pipeline
