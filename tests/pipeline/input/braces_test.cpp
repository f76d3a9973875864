#include "pipeline/input/braces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.h"

namespace fovea::test {
namespace {

using pipeline::expand_braces;
using testing::ElementsAre;

TEST(Braces, CountWithTheDigitsThatAreWritten) {
  EXPECT_THAT(expand_braces("s-{0008..0011}.tar"), ElementsAre("s-0008.tar", "s-0009.tar", "s-0010.tar", "s-0011.tar"));
  EXPECT_THAT(expand_braces("{8..11}"), ElementsAre("8", "9", "10", "11"));
  EXPECT_THAT(expand_braces("{8..011}"), ElementsAre("008", "009", "010", "011"));
  EXPECT_THAT(expand_braces("{5..5}"), ElementsAre("5"));
}

TEST(Braces, ListWordsAndTheLastGroupChangesFastest) {
  EXPECT_THAT(expand_braces("{a,b}/{1..2}.x"), ElementsAre("a/1.x", "a/2.x", "b/1.x", "b/2.x"));
  EXPECT_THAT(expand_braces("x{,.gz}"), ElementsAre("x", "x.gz"));
  EXPECT_THAT(expand_braces("{a,,b}"), ElementsAre("a", "", "b"));
}

TEST(Braces, WhatIsNoGroupStaysAsItIs) {
  for (const char* text : {"", "plain", "{", "}", "a{b", "a}b{", "{one}", "{}", "{1..}", "{..2}", "{3..1}", "{-1..2}",
                           "{1..x}", "{1..2..3}", "{1..9999999999}", "{0x1..3}", "{ 1..3}"})
    EXPECT_THAT(expand_braces(text), ElementsAre(text));
}

TEST(Braces, RefuseMoreThanAMillionNames) {
  EXPECT_EQ(expand_braces("{1..1000000}").size(), 1'000'000u);
  for (const char* text : {"{0..1000000}", "{0..999999999}", "{1..1000}{1..1001}", "{1..1000}{1..1000}{a,b}"})
    expect_error(Errc::invalid_argument, "at most 1000000 names", [&] { expand_braces(text); });
}

}  // namespace
}  // namespace fovea::test
