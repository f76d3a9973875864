#include "fetch/certificates.h"
#include "run_fovea.h"
#include "support/background_program.h"
#include "support/hostile_server.h"

namespace fovea::test {
namespace {

std::string path_of(const std::string& request) {
  return request.substr(4, request.find(" HTTP") - 4);
}

HostileServer::Script pictures() {
  return replies([](const std::string& request) {
    const std::string path = path_of(request);
    if (path == "/robots.txt") return answer("200 OK", "User-agent: *\nDisallow: /private/\n");
    if (path == "/missing.ppm") return answer("404 Not Found", "");
    return answer("200 OK", picture(static_cast<unsigned>(path.size())));
  });
}

TEST(FetchVerbs, ClassifyTakesUrls) {
  const HostileServer server(pictures());
  const ProgramResult result = fovea({"classify", "--allow-private", "--no-robots", server.url("/a.ppm?token=sesame"),
                                      server.url("/missing.ppm"), server.url("/private/a.ppm")});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto rows = json_lines(result.out);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0]["path"], server.url("/a.ppm?token=***"));
  EXPECT_EQ(rows[0]["status"], "ok") << rows[0];
  EXPECT_EQ(rows[0]["width"], 40);
  EXPECT_EQ(rows[1]["error_code"], "HTTP_STATUS");
  EXPECT_EQ(rows[2]["status"], "ok") << rows[2];
  EXPECT_EQ((result.out + result.err).find("sesame"), std::string::npos);
}

TEST(FetchVerbs, RobotsAreAskedUnlessTheyAreNot) {
  const HostileServer server(pictures());
  const ProgramResult result =
      fovea({"classify", "--allow-private", server.url("/a.ppm"), server.url("/private/a.ppm")});
  const auto rows = json_lines(result.out);
  ASSERT_EQ(rows.size(), 2u) << result.err;
  EXPECT_EQ(rows[0]["status"], "ok") << rows[0];
  EXPECT_EQ(rows[1]["error_code"], "OPT_OUT");
}

TEST(FetchVerbs, PrivateAddressesAreRefused) {
  const HostileServer server(pictures());
  const ProgramResult result = fovea({"classify", server.url("/a.ppm"), server.url("localhost", "/a.ppm")});
  const auto rows = json_lines(result.out);
  ASSERT_EQ(rows.size(), 2u) << result.err;
  EXPECT_EQ(rows[0]["error_code"], "URL_REFUSED");
  EXPECT_EQ(rows[1]["error_code"], "URL_REFUSED");
  EXPECT_EQ(server.connections(), 0);
}

TEST(FetchVerbs, FetchKeepsTheBytesThatCame) {
  const HostileServer server(pictures());
  const TemporaryDirectory folder;
  const std::filesystem::path to = folder.path() / "pictures";
  const ProgramResult result = fovea({"fetch", "--allow-private", "--no-robots", "--to", to.native(),
                                      server.url("/a.ppm"), server.url("/missing.ppm"), server.url("/long.ppm")});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  std::vector<std::string> kept;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(to))
    if (entry.path().extension() != ".jsonl" && entry.is_regular_file()) kept.push_back(read_text(entry.path()));
  std::vector<std::string> expected{picture(6), picture(9)};
  std::sort(kept.begin(), kept.end());
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(kept, expected);
}

TEST(FetchVerbs, ACertificateIsTrustedByItsAuthorityAlone) {
  if (!has_program("openssl") || !has_program("python3")) GTEST_SKIP() << "needs openssl and python3";
  Certificates certificates;
  certificates.certify("server", "localhost");
  BackgroundProgram server({"python3", FOVEA_SOURCE_DIR "/tests/support/https_server.py",
                            certificates.file("server.pem"), certificates.file("server.key")});
  const std::string url = "https://localhost:" + server.line() + "/a.jpg";
  const TemporaryDirectory folder;
  const auto row = [&](const std::string& to, const std::string& authority) {
    std::vector<std::string> arguments{"fetch", url, "--to", to, "--check", "none", "--allow-private", "--no-robots"};
    if (!authority.empty()) arguments.insert(arguments.end(), {"--ca-file", authority});
    fovea(arguments, {.environment = {}, .folder = folder.path().native()});
    return json_lines(read_text(folder.path() / (to + ".jsonl"))).at(0);
  };
  EXPECT_EQ(row("trusted", certificates.authority())["bytes"], 5);
  EXPECT_EQ(row("refused", "")["error_code"], "TLS");
}

}  // namespace
}  // namespace fovea::test
