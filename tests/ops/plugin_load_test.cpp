#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "fovea/ops.h"
#include "fovea/plugin.h"
#include "support/expect_error.h"
#include "support/plugin_file.h"
#include "support/read_text.h"
#include "support/temporary_directory.h"

namespace fovea {
namespace {

using test::expect_error;
using test::plugin_file;
using test::swirl_plugin;
using testing::ElementsAre;

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const ops::OpInfo& op : ops::list()) all.push_back(op.name);
  return all;
}

TEST(PluginLoad, AddsTheOpsAsTheyAreDeclared) {
  EXPECT_THAT(ops::load_plugin(swirl_plugin), ElementsAre("swirl"));
  for (const ops::OpInfo& op : ops::list()) {
    if (op.name != "swirl") continue;
    EXPECT_EQ(op.summary, "turns a picture about its centre, the more the nearer to it");
    EXPECT_THAT(op.inputs, ElementsAre("image"));
    EXPECT_EQ(op.variants.front(), "cpu/plugin");
    ASSERT_EQ(op.params.size(), 2u);
    EXPECT_EQ(op.params[0].name, "angle");
    EXPECT_EQ(std::get<double>(op.params[0].fallback), 3);
    EXPECT_EQ(op.params[0].min, -100);
    EXPECT_EQ(op.params[0].max, 100);
    EXPECT_EQ(op.params[1].help, "where the turn ends, as a share of the longer side");
    return;
  }
  FAIL() << "there is no swirl";
}

TEST(PluginLoad, GivesTheNamesAgainWithoutAddingThemTwice) {
  const std::vector<std::string> first = ops::load_plugin(plugin_file("faults"));
  const std::vector<std::string> all = names();
  EXPECT_THAT(first, testing::Contains("writes_behind"));
  const test::TemporaryDirectory folder;
  std::filesystem::create_symlink(plugin_file("faults"), folder.path() / "link.so");
  EXPECT_EQ(ops::load_plugin(plugin_file("faults")), first);
  EXPECT_EQ(ops::load_plugin(folder.path() / "link.so"), first);
  EXPECT_EQ(names(), all);
}

TEST(PluginLoad, KeepsOpsOfStructsOfOneNameApart) {
  EXPECT_THAT(ops::load_plugin(plugin_file("twin_a")), ElementsAre("twin_a"));
  EXPECT_THAT(ops::load_plugin(plugin_file("twin_b")), ElementsAre("twin_b"));
  const Array x = Array::of<float>(std::vector<float>{1, 2}, {2});
  EXPECT_THAT(ops::apply("twin_a", {}, {&x, 1}).span<float>(), ElementsAre(2, 4));
  EXPECT_THAT(ops::apply("twin_b", {}, {&x, 1}).span<float>(), ElementsAre(3, 6));
}

TEST(PluginLoad, TakesAPathRelativeToTheFolder) {
  const std::filesystem::path before = std::filesystem::current_path();
  const test::TemporaryDirectory folder;
  folder.write("own.so", test::read_text(plugin_file("one_of_many_6")));
  std::filesystem::current_path(folder.path());
  EXPECT_THAT(ops::load_plugin("own.so"), ElementsAre("one_of_many_6"));
  std::filesystem::current_path(before);
}

struct Refusal {
  std::string name;
  Errc code;
  std::string part;
};
void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.name;
}
class PluginRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(PluginRefusal, NamesTheReasonAndAddsNothing) {
  const std::vector<std::string> before = names();
  expect_error(GetParam().code, GetParam().part, [] { ops::load_plugin(plugin_file("refused_" + GetParam().name)); });
  EXPECT_EQ(names(), before);
}

INSTANTIATE_TEST_SUITE_P(
    Table, PluginRefusal,
    testing::Values(
        Refusal{"no_entry", Errc::unknown_format, "defines fovea_op_plugin(), got one that does not"},
        Refusal{"null_entry", Errc::invalid_argument, "got null"},
        Refusal{"newer", Errc::unsupported, "version 1 of fovea_op.h, got version 2; this Fovea is too old for it"},
        Refusal{"older", Errc::unsupported, "version 1 of fovea_op.h, got version 0; rebuild it"},
        Refusal{"small", Errc::unsupported, "expected a structure of 24 bytes, got 23"},
        Refusal{"no_ops", Errc::invalid_argument, "expected at least one, got none"},
        Refusal{"taken", Errc::invalid_argument, "flip: there is one of this name already"},
        Refusal{"function", Errc::invalid_argument, "sqrt: there is one of this name already"},
        Refusal{"twice", Errc::invalid_argument, "refused_good: there is one of this name already"},
        Refusal{"second_bad", Errc::invalid_argument, "a-z, 0-9 and _ that is no reserved word, got 'Refused'"},
        Refusal{"unresolved", Errc::unsupported, "nowhere_to_be_found"},
        Refusal{"dependency", Errc::unsupported, "libplugin_absent.so"}));

TEST(PluginLoad, RefusesAnotherFileWithTheSameOps) {
  ops::load_plugin(swirl_plugin);
  const test::TemporaryDirectory folder;
  const auto copy = folder.write("copy.so", test::read_text(swirl_plugin));
  expect_error(Errc::invalid_argument, "swirl: there is one of this name already", [&] { ops::load_plugin(copy); });
}

TEST(PluginLoad, RefusesWhatIsNoFile) {
  const test::TemporaryDirectory folder;
  ASSERT_EQ(::mkfifo((folder.path() / "pipe").c_str(), 0600), 0);
  expect_error(Errc::not_found, "No such file", [&] { ops::load_plugin(folder.path() / "none.so"); });
  expect_error(Errc::not_found, "No such file", [] { ops::load_plugin(""); });
  expect_error(Errc::not_found, "No such file", [] { ops::load_plugin("libm.so.6"); });  // of the search path
  expect_error(Errc::not_a_file, "a directory", [&] { ops::load_plugin(folder.path()); });
  expect_error(Errc::not_a_file, "a pipe", [&] { ops::load_plugin(folder.path() / "pipe"); });
}

TEST(PluginLoad, RefusesWhatIsNoSharedLibrary) {
  const test::TemporaryDirectory folder;
  const auto refused = [&](const std::string& bytes, Errc code, const std::string& part) {
    expect_error(code, part, [&] { ops::load_plugin(folder.write("a.so", bytes)); });
  };
  const std::string whole = test::read_text(swirl_plugin);
  refused("", Errc::empty, "no bytes");
  refused("a text", Errc::unknown_format, "no ELF file");
  refused(whole.substr(0, 3), Errc::unknown_format, "no ELF file");
  std::string other = whole;
  other[18] = '\xB7', other[19] = 0;  // e_machine: aarch64, or on aarch64 one that is not there
  if (other == whole) other[18] = 62;
  refused(other, Errc::unsupported, "expected a library for ELF machine");
  std::string object = whole;
  object[16] = 1;  // e_type: relocatable
  refused(object, Errc::unknown_format, "-shared");
  std::string wild = whole;
  wild[32 + 7] = '\x7F';  // e_phoff
  refused(wild, Errc::truncated, "cut short");
  std::string none = whole;
  none[56] = none[57] = 0;  // e_phnum
  refused(none, Errc::unknown_format, "without segments");
  expect_error(Errc::unsupported, "cannot be linked", [] { ops::load_plugin("/proc/self/exe"); });
}

// The dynamic linker by itself dies of most of these.
TEST(PluginLoad, RefusesALibraryThatIsCutShort) {
  const test::TemporaryDirectory folder;
  const std::string whole = test::read_text(swirl_plugin);
  for (const std::size_t length : {4, 17, 63, 64, 100, 1000, 4096, 8192, 12288})
    expect_error(Errc::truncated, "cut short",
                 [&] { ops::load_plugin(folder.write("cut.so", std::string_view(whole).substr(0, length))); });
}

TEST(PluginLoad, RefusesAFileThatOthersMayWriteTo) {
  const test::TemporaryDirectory folder;
  const auto copy = folder.write("copy.so", test::read_text(plugin_file("one_of_many_5")));
  for (const ::mode_t mode : {0720, 0702, 0666}) {
    ASSERT_EQ(::chmod(copy.c_str(), mode), 0);
    expect_error(Errc::policy, "chmod go-w", [&] { ops::load_plugin(copy); });
  }
  if (::geteuid() == 0) {
    ASSERT_EQ(::chmod(copy.c_str(), 0700), 0);
    ASSERT_EQ(::chown(copy.c_str(), 12345, 0), 0);
    expect_error(Errc::policy, "got one of user 12345", [&] { ops::load_plugin(copy); });
  }
}

}  // namespace
}  // namespace fovea
