#include <gtest/gtest.h>

#include "fetch_all.h"
#include "support/hostile_server.h"

namespace fovea {
namespace {

using test::answer;
using test::code_of;
using test::fetch_one;
using test::HostileServer;
using test::local_options;
using test::quick;
using test::replies;
using test::text_of;
using Connection = HostileServer::Connection;

FetchOptions once() {
  FetchOptions options = local_options();
  options.retries = 0;
  return options;
}

// Each connection's first request gets these bytes, and then the connection ends.
HostileServer::Script raw(std::string bytes) {
  return [bytes = std::move(bytes)](Connection& connection) {
    connection.request();
    connection.send(bytes);
  };
}

std::string code_for(const std::string& bytes) {
  const HostileServer server(raw(bytes));
  return code_of(fetch_one(server.url("/"), once()));
}

TEST(FetchFaults, StatusesThatAreNotTheFile) {
  for (const char* status : {"204 No Content", "206 Partial Content", "304 Not Modified", "400 Bad", "404 Not Found",
                             "410 Gone", "418 Teapot", "429 Too Many Requests", "500 Oops", "503 Busy", "999 Denied"}) {
    SCOPED_TRACE(status);
    const HostileServer server(raw(std::string("HTTP/1.1 ") + status + "\r\n\r\n"));
    const Result<Fetched> result = fetch_one(server.url("/w"), once());
    ASSERT_EQ(code_of(result), "HTTP_STATUS");
    EXPECT_EQ(result.error().what(),
              "fetch " + server.url("/w") + ": expected the file, got status " + std::string(status).substr(0, 3));
  }
}

TEST(FetchFaults, AnswersThatAreNone) {
  for (const char* bytes :
       {"", "this is not HTTP\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n", "\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nbytes", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"})
    EXPECT_EQ(code_for(bytes), "DOWNLOAD") << bytes;
}

TEST(FetchFaults, BodiesThatEndEarly) {
  EXPECT_EQ(code_for("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbytes"), "DOWNLOAD");
  EXPECT_EQ(code_for("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbytes\r\n"), "DOWNLOAD");
  EXPECT_EQ(code_for("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nbytes"), "DOWNLOAD");
  EXPECT_EQ(code_for("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbytes\r\n0\r\n\r\n"), "OK");
}

TEST(FetchFaults, ALongerBodyThanSaidIsCutThere) {
  const HostileServer server(raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbytes and more"));
  EXPECT_EQ(text_of(fetch_one(server.url("/"), once()).value()), "bytes");
}

TEST(FetchFaults, Resets) {
  const HostileServer server([](Connection& connection) {
    connection.request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbytes");
    connection.reset();
  });
  EXPECT_EQ(code_of(fetch_one(server.url("/"), once())), "DOWNLOAD");
}

TEST(FetchFaults, NobodyListens) {
  int port = 0;
  {
    port = HostileServer([](Connection&) {}).port();
  }
  EXPECT_EQ(code_of(fetch_one("http://127.0.0.1:" + std::to_string(port) + "/", once())), "DOWNLOAD");
}

TEST(FetchFaults, NamesWithoutAnAddress) {
  EXPECT_EQ(code_of(fetch_one("http://nowhere.invalid/", once())), "DNS");
}

TEST(FetchFaults, NoTls) {
  const HostileServer server(raw("HTTP/1.1 200 OK\r\n\r\n"));
  std::string url = server.url("/");
  url.insert(4, "s");
  const HostileServer silent([](Connection& connection) { connection.send("HTTP/1.1 400 Bad\r\n\r\n"); });
  url = silent.url("/");
  url.insert(4, "s");
  EXPECT_EQ(code_of(fetch_one(url, once())), "TLS");
}

TEST(FetchFaults, LongBodiesAreCut) {
  FetchOptions options = once();
  options.max_bytes = 100'000;
  const auto sized = [](std::size_t size) {
    return replies([size](const std::string&) { return answer("200 OK", std::string(size, 'x')); });
  };
  const HostileServer fits(sized(100'000));
  EXPECT_EQ(fetch_one(fits.url("/"), options).value().bytes.size(), 100'000u);
  const HostileServer over(sized(100'001));
  const Result<Fetched> result = fetch_one(over.url("/"), options);
  ASSERT_EQ(code_of(result), "LIMIT_BYTES");
  EXPECT_NE(std::string(result.error().what()).find("100000 bytes"), std::string::npos);
}

TEST(FetchFaults, ALengthBeyondTheLimitIsRefusedBeforeTheBody) {
  FetchOptions options = once();
  options.max_bytes = 100;
  const HostileServer server([](Connection& connection) {
    connection.request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n");
    connection.stall();
  });
  EXPECT_EQ(code_of(fetch_one(server.url("/"), options)), "LIMIT_BYTES");
}

TEST(FetchFaults, EndlessBodies) {
  FetchOptions options = once();
  options.max_bytes = 100'000;
  for (const char* head :
       {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n\r\n"}) {
    const HostileServer server([head](Connection& connection) {
      connection.request();
      connection.send(head);
      connection.send_for_ever(std::string(10'000, 'x'));
    });
    EXPECT_EQ(code_of(fetch_one(server.url("/"), options)), "LIMIT_BYTES") << head;
  }
  const HostileServer chunks([](Connection& connection) {
    connection.request();
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    connection.send_for_ever("5\r\nbytes\r\n");
  });
  EXPECT_EQ(code_of(fetch_one(chunks.url("/"), options)), "LIMIT_BYTES");
}

// Of no use, so not read to the end, and the status tells.
TEST(FetchFaults, EndlessBodiesOfErrors) {
  const HostileServer server([](Connection& connection) {
    connection.request();
    connection.send("HTTP/1.1 404 Not Found\r\n\r\n");
    connection.send_for_ever(std::string(10'000, 'x'));
  });
  EXPECT_EQ(code_of(fetch_one(server.url("/"), once())), "HTTP_STATUS");
}

TEST(FetchFaults, EndlessHeaders) {
  const HostileServer many([](Connection& connection) {
    connection.request();
    connection.send("HTTP/1.1 200 OK\r\n");
    connection.send_for_ever("X-Filler: nothing to see here\r\n");
  });
  EXPECT_EQ(code_of(fetch_one(many.url("/"), once())), "DOWNLOAD");
  const HostileServer giant([](Connection& connection) {
    connection.request();
    connection.send("HTTP/1.1 200 OK\r\nX-Filler: ");
    connection.send_for_ever(std::string(10'000, 'x'));
  });
  EXPECT_EQ(code_of(fetch_one(giant.url("/"), once())), "DOWNLOAD");
  const HostileServer early([](Connection& connection) {
    connection.request();
    connection.send_for_ever("HTTP/1.1 103 Early Hints\r\n\r\n");
  });
  EXPECT_EQ(code_of(fetch_one(early.url("/"), once())), "DOWNLOAD");
}

TEST(FetchFaults, SilenceEndsWithTheTime) {
  FetchOptions options = local_options();
  options.timeout = 0.2;
  const HostileServer silent([](Connection& connection) {
    connection.request();
    connection.stall();
  });
  EXPECT_EQ(code_of(fetch_one(silent.url("/"), options)), "TIMEOUT");
  const HostileServer headers([](Connection& connection) {
    connection.request();
    connection.trickle("HTTP/1.1 200 OK\r\n" + std::string(10'000, 'x'), std::chrono::milliseconds(5));
  });
  EXPECT_EQ(code_of(fetch_one(headers.url("/"), options)), "TIMEOUT");
  const HostileServer body([](Connection& connection) {
    connection.request();
    connection.send("HTTP/1.1 200 OK\r\n\r\n");
    connection.trickle(std::string(10'000, 'x'), std::chrono::milliseconds(5));
  });
  EXPECT_EQ(code_of(fetch_one(body.url("/"), options)), "TIMEOUT");
}

// Long before the time of the whole is over.
TEST(FetchFaults, ATrickleEndsByItsSpeed) {
  FetchOptions options = once();
  options.timeout = 3600;
  fetch::Tuning tuning = quick();
  tuning.low_speed_seconds = 1;
  tuning.low_speed = 1000;
  const HostileServer server([](Connection& connection) {
    connection.request();
    connection.send("HTTP/1.1 200 OK\r\n\r\n");
    connection.trickle(std::string(100'000, 'x'), std::chrono::milliseconds(50));
  });
  EXPECT_EQ(code_of(fetch_one(server.url("/"), options, tuning)), "TIMEOUT");
}

TEST(FetchFaults, MessagesKeepSecrets) {
  const HostileServer server(raw("HTTP/1.1 404 Not Found\r\n\r\n"));
  const std::string plain = server.url("/w");
  const Result<Fetched> result = fetch_one("http://user:hunter2@" + plain.substr(7) + "?token=sesame#part", once());
  ASSERT_EQ(code_of(result), "HTTP_STATUS");
  EXPECT_EQ(std::string(result.error().what()), "fetch " + plain + "?token=***: expected the file, got status 404");
}

}  // namespace
}  // namespace fovea
