#include <gtest/gtest.h>

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <thread>

#include "base/sha256.h"
#include "fovea/model.h"
#include "model/zoo/download.h"
#include "support/expect_error.h"
#include "support/http_server.h"
#include "support/read_text.h"
#include "support/temporary_directory.h"

namespace fovea {
namespace {

using test::expect_error;
using test::HttpServer;

std::string content() {
  std::string bytes(300'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 2654435761u >> 24);
  return bytes;
}
std::string sha256(const std::string& bytes) {
  return sha256_hex(std::as_bytes(std::span(bytes)));
}

std::string answer(const std::string& status, const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 " + status + "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         headers + "\r\n" + body;
}

std::int64_t range_of(const std::string& request) {
  const std::size_t at = request.find("Range: bytes=");
  std::int64_t start = -1;
  if (at != request.npos) std::from_chars(request.data() + at + 13, request.data() + request.size(), start);
  return start;
}

std::string serve(const std::string& request, const std::string& body) {
  const std::int64_t from = range_of(request);
  if (from < 0) return answer("200 OK", body);
  const std::string total = std::to_string(body.size());
  if (from >= static_cast<std::int64_t>(body.size()))
    return answer("416 Range Not Satisfiable", "no", "Content-Range: bytes */" + total + "\r\n");
  return answer(
      "206 Partial Content", body.substr(static_cast<std::size_t>(from)),
      "Content-Range: bytes " + std::to_string(from) + "-" + std::to_string(body.size() - 1) + "/" + total + "\r\n");
}

class ZooDownload : public testing::Test {
 protected:
  void SetUp() override { ::setenv("no_proxy", "127.0.0.1", 1); }

  model::Download from(const std::string& url) const { return {url, path(), sha256(content()), 1'000'000, {}}; }
  std::filesystem::path path() const { return folder_.path() / "models" / "weights.pth"; }
  std::filesystem::path part() const { return path().string() + ".part"; }
  void leave_part(const std::string& bytes) const { folder_.write("models/weights.pth.part", bytes); }
  void expect_done() const {
    EXPECT_EQ(test::read_text(path()), content());
    EXPECT_FALSE(std::filesystem::exists(part()));
  }

  test::TemporaryDirectory folder_;
};

TEST_F(ZooDownload, WholeFileWithProgress) {
  const HttpServer server([](const std::string& request) { return serve(request, content()); });
  model::Download download = from(server.url("/weights.pth"));
  std::int64_t last = 0, total = 0;
  download.progress = [&](std::int64_t done, std::int64_t of) {
    EXPECT_GE(done, last);
    last = done;
    total = of;
  };
  model::download_file(download);
  expect_done();
  EXPECT_EQ(last, 300'000);
  EXPECT_EQ(total, 300'000);
  model::download_file(download);
  EXPECT_EQ(server.requests().size(), 1u) << "a file that is there is not fetched again";
}

TEST_F(ZooDownload, LeadingDigitsOfTheHashAreEnough) {
  const HttpServer server([](const std::string& request) { return serve(request, content()); });
  model::Download download = from(server.url("/w"));
  download.sha256.resize(8);
  model::download_file(download);
  expect_done();
}

TEST_F(ZooDownload, NoHashIsNoAgreement) {
  const HttpServer server([](const std::string& request) { return serve(request, content()); });
  model::Download download = from(server.url("/w"));
  download.sha256.clear();
  expect_error(Errc::checksum, "sha256", [&] { model::download_file(download); });
}

TEST_F(ZooDownload, CutConnectionIsTakenUpAgain) {
  std::atomic<int> count = 0;
  const HttpServer server([&count](const std::string& request) {
    const std::string whole = serve(request, content());
    return ++count <= 2 ? whole.substr(0, 100'000) : whole;
  });
  model::download_file(from(server.url("/w")));
  expect_done();
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(range_of(requests[0]), -1);
  EXPECT_GT(range_of(requests[1]), 99'000);
  EXPECT_GT(range_of(requests[2]), 198'000);
}

TEST_F(ZooDownload, CutForGoodLeavesThePart) {
  std::atomic<int> count = 0;
  const HttpServer server([&count](const std::string& request) {
    return ++count == 1 ? serve(request, content()).substr(0, 100'000) : std::string();
  });
  expect_error(Errc::download, "127.0.0.1", [&] { model::download_file(from(server.url("/w"))); });
  EXPECT_FALSE(std::filesystem::exists(path()));
  EXPECT_GT(std::filesystem::file_size(part()), 99'000u);
}

TEST_F(ZooDownload, ContinuesThePartOfAnEarlierRun) {
  leave_part(content().substr(0, 123'456));
  const HttpServer server([](const std::string& request) { return serve(request, content()); });
  model::download_file(from(server.url("/w")));
  expect_done();
  ASSERT_EQ(server.requests().size(), 1u);
  EXPECT_EQ(range_of(server.requests()[0]), 123'456);
}

TEST_F(ZooDownload, ServerWithoutRangesStartsOver) {
  leave_part(content().substr(0, 123'456));
  const HttpServer server([](const std::string&) { return answer("200 OK", content()); });
  model::download_file(from(server.url("/w")));
  expect_done();
}

TEST_F(ZooDownload, AnotherRangeThanAskedForStartsOver) {
  leave_part(content().substr(0, 1000));
  const HttpServer server([](const std::string& request) {
    if (range_of(request) < 0) return answer("200 OK", content());
    return answer("206 Partial Content", content().substr(2000), "Content-Range: bytes 2000-299999/300000\r\n");
  });
  model::download_file(from(server.url("/w")));
  expect_done();
}

TEST_F(ZooDownload, WholePartNeedsNoBytes) {
  leave_part(content());
  const HttpServer server([](const std::string& request) { return serve(request, content()); });
  model::download_file(from(server.url("/w")));
  expect_done();
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(ZooDownload, PartLongerThanTheFileStartsOver) {
  leave_part(content() + "more");
  const HttpServer server([](const std::string& request) { return serve(request, content()); });
  model::download_file(from(server.url("/w")));
  expect_done();
}

TEST_F(ZooDownload, PartOfAnotherFileStartsOver) {
  leave_part(std::string(1000, 'x'));
  const HttpServer server([](const std::string& request) { return serve(request, content()); });
  model::download_file(from(server.url("/w")));
  expect_done();
}

TEST_F(ZooDownload, WrongHashLeavesNothing) {
  std::string other = content();
  other[150'000] ^= 1;
  const HttpServer server([&other](const std::string& request) { return serve(request, other); });
  expect_error(Errc::checksum, sha256(other), [&] { model::download_file(from(server.url("/w"))); });
  EXPECT_FALSE(std::filesystem::exists(path()));
  EXPECT_FALSE(std::filesystem::exists(part()));
}

TEST_F(ZooDownload, LiesAboutLength) {
  const HttpServer shorter([](const std::string&) {
    return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n" + content();
  });
  expect_error(Errc::checksum, "sha256", [&] { model::download_file(from(shorter.url("/w"))); });
  const HttpServer longer([](const std::string& request) {
    if (range_of(request) >= 0) return serve(request, content());
    return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 999999\r\n\r\n" + content();
  });
  model::download_file(from(longer.url("/w")));
  expect_done();
}

TEST_F(ZooDownload, EndlessBodyIsCapped) {
  const HttpServer server(
      [](const std::string&) { return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(1'500'000, 'x'); });
  expect_error(Errc::limit_bytes, "1000000", [&] { model::download_file(from(server.url("/w"))); });
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(ZooDownload, FollowsRedirects) {
  const HttpServer server([](const std::string& request) {
    if (request.starts_with("GET /there")) return serve(request, content());
    return answer("302 Found", "moved", "Location: /there\r\n");
  });
  model::download_file(from(server.url("/here")));
  expect_done();
}

TEST_F(ZooDownload, RedirectsThatAreRefused) {
  for (const char* target : {"/loop", "file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x"}) {
    SCOPED_TRACE(target);
    const HttpServer server(
        [target](const std::string&) { return answer("302 Found", "", "Location: " + std::string(target) + "\r\n"); });
    expect_error(Errc::download, "--url", [&] { model::download_file(from(server.url("/loop"))); });
    EXPECT_LE(server.requests().size(), 6u);
    EXPECT_FALSE(std::filesystem::exists(path()));
  }
}

TEST_F(ZooDownload, AnswersThatAreNoFile) {
  for (const char* status : {"404 Not Found", "403 Forbidden", "500 Oops", "204 No Content"}) {
    const HttpServer server([status](const std::string&) { return answer(status, "<html>no</html>"); });
    expect_error(Errc::download, std::string(status).substr(0, 3),
                 [&] { model::download_file(from(server.url("/w"))); });
    EXPECT_FALSE(std::filesystem::exists(path()));
  }
  const HttpServer nonsense([](const std::string&) { return std::string("this is not HTTP\r\n\r\n"); });
  expect_error(Errc::download, "127.0.0.1", [&] { model::download_file(from(nonsense.url("/w"))); });
}

TEST_F(ZooDownload, AddressesThatCannotBeUsed) {
  for (const char* url : {"file:///etc/passwd", "ftp://127.0.0.1/x", "", "http://", "http://127.0.0.1:1/x"})
    expect_error(Errc::download, "--url", [&] { model::download_file(from(url)); });
}

TEST_F(ZooDownload, MessagesKeepSecrets) {
  const HttpServer server([](const std::string&) { return answer("404 Not Found", ""); });
  const std::string plain = server.url("/w");
  const std::string url = "http://user:hunter2@" + plain.substr(7) + "?token=sesame#part";
  try {
    model::download_file(from(url));
    FAIL();
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find(plain), std::string::npos) << message;
    for (const char* secret : {"hunter2", "sesame", "user"})
      EXPECT_EQ(message.find(secret), std::string::npos) << message;
  }
}

TEST_F(ZooDownload, ProgressMayThrow) {
  const HttpServer server([](const std::string& request) { return serve(request, content()); });
  model::Download download = from(server.url("/w"));
  download.progress = [](std::int64_t, std::int64_t) { throw Error(Errc::interrupted, "stop"); };
  expect_error(Errc::interrupted, "stop", [&] { model::download_file(download); });
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(ZooDownload, ManyAtOnceFetchOnce) {
  const HttpServer server([](const std::string& request) { return serve(request, content()); });
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { model::download_file(from(server.url("/w"))); });
  for (std::thread& thread : threads) thread.join();
  expect_done();
  EXPECT_EQ(server.requests().size(), 1u);
}

class Zoo : public ZooDownload {
 protected:
  void SetUp() override {
    ZooDownload::SetUp();
    ::setenv("FOVEA_CACHE", folder_.path().c_str(), 1);
    ::unsetenv("FOVEA_MODEL_URL");
  }
  void TearDown() override {
    ::unsetenv("FOVEA_CACHE");
    ::unsetenv("FOVEA_MODEL_URL");
  }
};

TEST_F(Zoo, ListsTheResnets) {
  const auto zoo = model_zoo();
  ASSERT_EQ(zoo.size(), 5u);
  for (const ZooEntry& entry : zoo) {
    EXPECT_TRUE(entry.url.starts_with("https://download.pytorch.org/models/" + entry.name + "-")) << entry.url;
    EXPECT_EQ(entry.sha256.size(), 64u);
    // The publisher puts the first eight digits of the hash into the name.
    EXPECT_NE(entry.url.find("-" + entry.sha256.substr(0, 8) + ".pth"), std::string::npos) << entry.url;
    EXPECT_EQ(entry.path.parent_path(), folder_.path() / "models");
    EXPECT_FALSE(entry.cached);
  }
  folder_.write(std::filesystem::path("models") / zoo[0].path.filename(), "x");
  EXPECT_TRUE(model_zoo()[0].cached);
  EXPECT_FALSE(model_zoo()[1].cached);
}

TEST_F(Zoo, CacheFolderByEnvironment) {
  ::unsetenv("FOVEA_CACHE");
  const char* before = std::getenv("XDG_CACHE_HOME");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("XDG_CACHE_HOME", "/some/cache", 1);
  EXPECT_EQ(model_zoo()[0].path.parent_path(), "/some/cache/fovea/models");
  ::setenv("XDG_CACHE_HOME", "relative", 1);
  const char* home = std::getenv("HOME");
  if (home != nullptr) {
    EXPECT_EQ(model_zoo()[0].path.parent_path(), std::string(home) + "/.cache/fovea/models");
  }
  if (before == nullptr)
    ::unsetenv("XDG_CACHE_HOME");
  else
    ::setenv("XDG_CACHE_HOME", kept.c_str(), 1);
}

TEST_F(Zoo, UnknownNameIsToldTheNames) {
  expect_error(Errc::not_found, "resnet18, resnet34", [] { pull_model("resnet19"); });
}

TEST_F(Zoo, UrlComesFromTheOptionThenTheEnvironment) {
  const HttpServer server([](const std::string& request) { return serve(request, content()); });
  const HttpServer base([](const std::string& request) { return serve(request, content()); });
  ::setenv("FOVEA_MODEL_URL", base.url("/mirror").c_str(), 1);
  PullOptions options;
  options.url = server.url("/mine.pth");
  expect_error(Errc::checksum, "f37072fd47e8", [&] { pull_model("resnet18", options); });
  ASSERT_EQ(server.requests().size(), 1u);
  EXPECT_TRUE(server.requests()[0].starts_with("GET /mine.pth "));
  expect_error(Errc::checksum, "0676ba61", [] { pull_model("resnet50"); });
  ASSERT_EQ(base.requests().size(), 1u);
  EXPECT_TRUE(base.requests()[0].starts_with("GET /mirror/resnet50-0676ba61.pth "));
  for (const ZooEntry& entry : model_zoo()) EXPECT_FALSE(entry.cached);
}

TEST_F(Zoo, CachedModelNeedsNoNetwork) {
  const auto path = model_zoo()[0].path;
  folder_.write(std::filesystem::path("models") / path.filename(), "x");
  ::setenv("FOVEA_MODEL_URL", "http://127.0.0.1:1", 1);
  EXPECT_EQ(pull_model("resnet18"), path);
}

}  // namespace
}  // namespace fovea
