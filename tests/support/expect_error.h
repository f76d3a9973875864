#pragma once
#include <gtest/gtest.h>

#include <string>

#include "fovea/error.h"

namespace fovea::test {

// Runs `action`, which must throw an Error of `code` with one line of text that contains `part`.
template <class Action>
void expect_error(Errc code, const std::string& part, Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(name(error.code()), name(code)) << error.what();
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << "no \"" << part << "\" in: " << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return;
  }
  ADD_FAILURE() << "expected " << name(code) << ", got no error";
}

}  // namespace fovea::test
