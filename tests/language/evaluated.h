#pragma once
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "fovea/language.h"

namespace fovea::test {

using Names = std::map<std::string, language::Value, std::less<>>;

inline language::Value value(auto data) {
  return {std::move(data)};
}

template <class T>
Array array(std::vector<T> values, Shape shape) {
  return Array::of<T>(values, std::move(shape));
}

inline Array evaluated(const std::string& source, const Names& names = {}, const language::Options& options = {}) {
  return eval(language::to_expr(language::Program(source).run(names, options)));
}

inline double number(const std::string& source, const Names& names = {}) {
  return eval_scalar(language::to_expr(language::Program(source).run(names)));
}

// The source must be refused by one line with `part`, and carets under these bytes.
inline void expect_refused(const std::string& source, std::size_t offset, std::size_t length, const std::string& part,
                           const Names& names = {}, const language::Options& options = {},
                           Errc code = Errc::invalid_argument) {
  try {
    (void)evaluated(source, names, options);
  } catch (const language::SourceError& error) {
    const std::string text = error.what();
    EXPECT_EQ(error.place().offset, offset) << source << "\n" << text;
    EXPECT_EQ(error.place().length, length) << source << "\n" << text;
    EXPECT_NE(text.find(part), std::string::npos) << "no \"" << part << "\" in: " << text;
    EXPECT_TRUE(text.starts_with("eval: ")) << text;
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
    EXPECT_EQ(name(error.code()), name(code)) << text;
    return;
  }
  ADD_FAILURE() << "expected a refusal of: " << source;
}

}  // namespace fovea::test
