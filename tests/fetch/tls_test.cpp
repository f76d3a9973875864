// HTTPS from servers of the test's own: Python's, and nghttpd for HTTP/2.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <set>
#include <thread>

#include "base/descriptor.h"
#include "certificates.h"
#include "fetch_all.h"
#include "support/background_program.h"
#include "support/expect_error.h"
#include "support/read_text.h"

namespace fovea {
namespace {

using namespace test;

// Names that are this machine here, and nowhere else.
fetch::Tuning names_at(const std::string& port) {
  fetch::Tuning tuning = quick();
  for (const char* host : {"right.test", "wrong.test"}) tuning.resolve.push_back(host + (":" + port) + ":127.0.0.1");
  return tuning;
}

class Tls : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_program("openssl") || !has_program("python3")) GTEST_SKIP() << "needs openssl and python3";
    certificates_.emplace();
  }

  // What comes of a URL from a server with that certificate.
  Result<Fetched> fetch(const std::string& certificate, const std::string& host, bool trusted = true,
                        const std::string& path = "/a.jpg") {
    BackgroundProgram server({"python3", FOVEA_SOURCE_DIR "/tests/support/https_server.py",
                              certificates_->file(certificate + ".pem"), certificates_->file(certificate + ".key")});
    const std::string port = server.line();
    FetchOptions options = local_options();
    if (trusted) options.ca_file = certificates_->authority();
    return fetch_one("https://" + host + ":" + port + path, options, names_at(port));
  }

  static void expect_tls(const Result<Fetched>& result, const std::string& why) {
    ASSERT_EQ(code_of(result), "TLS");
    const std::string text = result.error().what();
    EXPECT_NE(text.find(why), text.npos) << text;
    EXPECT_EQ(text.find('\n'), text.npos) << text;
  }

  std::optional<Certificates> certificates_;
};

TEST_F(Tls, ACertificateOfATrustedAuthorityForTheHostIsTaken) {
  certificates_->certify("good", "right.test");
  const Result<Fetched> fetched = fetch("good", "right.test");
  ASSERT_EQ(code_of(fetched), "OK") << fetched.error().what();
  EXPECT_EQ(text_of(fetched.value()), "bytes");
}

TEST_F(Tls, AnAuthorityThatIsNotTrustedIsRefused) {
  certificates_->certify("good", "right.test");
  expect_tls(fetch("good", "right.test", false), "unable to get local issuer certificate");
}

TEST_F(Tls, ACertificateOfItsOwnIsRefused) {
  certificates_->certify_itself("own", "right.test");
  expect_tls(fetch("own", "right.test"), "self-signed certificate");
}

TEST_F(Tls, ACertificateWhoseTimeIsOverIsRefused) {
  certificates_->certify("old", "right.test", -1);
  expect_tls(fetch("old", "right.test"), "certificate has expired");
}

TEST_F(Tls, ACertificateOfAnotherHostIsRefused) {
  certificates_->certify("good", "right.test");
  expect_tls(fetch("good", "wrong.test"), "wrong.test");
}

TEST_F(Tls, NoRedirectLeadsBackToHttp) {
  certificates_->certify("good", "right.test");
  EXPECT_EQ(code_of(fetch("good", "right.test", true, "/to//b.jpg")), "OK");
  EXPECT_EQ(code_of(fetch("good", "right.test", true, "/to/http://right.test/b.jpg")), "URL_REFUSED");
}

TEST(CaFile, MustBeThere) {
  FetchOptions options;
  options.ca_file = "/nowhere/ca.pem";
  expect_error(Errc::not_found, "/nowhere/ca.pem", [&] { Fetcher fetcher(options); });
}

// A port that nothing listens on.
std::uint16_t free_port() {
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.get(), generic, size) != 0 || ::getsockname(socket.get(), generic, &size) != 0) std::abort();
  return ntohs(address.sin_port);
}

// Waits until something does.
bool listens(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < end) {
    const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return true;
    std::this_thread::yield();
  }
  return false;
}

// nghttpd says "[id=N] ... recv HEADERS frame" of each request, N being the connection.
std::map<std::string, int> requests_of_connections(const std::string& log) {
  std::map<std::string, int> requests;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("[id=") && line.find("recv HEADERS frame") != line.npos)
      ++requests[line.substr(0, line.find(']'))];
  return requests;
}

TEST_F(Tls, ManyUrlsOfAHostComeOverOneConnectionOfHttp2) {
  if (!has_program("nghttpd")) GTEST_SKIP() << "needs nghttpd (nghttp2-server)";
  certificates_->certify("good", "right.test");
  const TemporaryDirectory folder;
  constexpr int urls = 200;
  for (int i = 0; i < urls; ++i) folder.write("pages/" + std::to_string(i), "page " + std::to_string(i));
  const std::string log = folder.path() / "log", port = std::to_string(free_port());
  BackgroundProgram server({"/bin/sh", "-c",
                            "exec nghttpd -v -a 127.0.0.1 -d '" + (folder.path() / "pages").native() + "' " + port +
                                " '" + certificates_->file("good.key") + "' '" + certificates_->file("good.pem") +
                                "' >'" + log + "' 2>&1"});
  ASSERT_TRUE(listens(static_cast<std::uint16_t>(std::stoi(port))));

  FetchOptions options = local_options();
  options.ca_file = certificates_->authority();
  {
    fetch::Engine engine(options, names_at(port));
    std::vector<std::future<Result<Fetched>>> results;
    const auto url = [&](int i) { return "https://right.test:" + port + "/" + std::to_string(i); };
    for (int i = 0; i <= urls; ++i) results.push_back(begin_fetch(engine, url(i)));
    for (int i = 0; i < urls; ++i)
      EXPECT_EQ(text_of(results[static_cast<std::size_t>(i)].get().value()), "page " + std::to_string(i));
    const Result<Fetched> missing = results.back().get();
    ASSERT_EQ(code_of(missing), "HTTP_STATUS");
    EXPECT_NE(std::string(missing.error().what()).find("404"), std::string::npos);
  }
  server.end();
  const auto requests = requests_of_connections(read_text(log));
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests.begin()->second, urls + 1);
}

}  // namespace
}  // namespace fovea
