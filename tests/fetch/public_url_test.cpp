#include <gtest/gtest.h>

#include "fovea/fetch.h"

namespace fovea {
namespace {

TEST(PublicUrl, WhatIsNoSecretStays) {
  for (const char* url :
       {"http://example.org", "http://example.org/", "https://example.org:8443/a/b.jpg?size=2&page=3",
        "http://example.org/a@b.jpg", "http://example.org/?mail=a@b", "HTTP://Example.org/A",
        "http://[2001:db8::1]:80/", "http://example.org/?keyboard=qwerty&monkey=1&keys=2", "http://x/?token",
        "http://x/a.jpg?", "http://x/token=1", "a.jpg", "", "http://x/?a=1&&b=2;c=3"})
    EXPECT_EQ(public_url(url), url);
}

TEST(PublicUrl, CredentialsAndFragmentsGo) {
  EXPECT_EQ(public_url("http://user:hunter2@example.org/a"), "http://example.org/a");
  EXPECT_EQ(public_url("http://user@example.org"), "http://example.org");
  EXPECT_EQ(public_url("ftp://user:hunter2@example.org/a"), "ftp://example.org/a");
  EXPECT_EQ(public_url("http://example.org/a#access_token=hunter2"), "http://example.org/a");
  EXPECT_EQ(public_url("http://user:hunter2@example.org/a?b=c@d#e@f"), "http://example.org/a?b=c@d");
}

TEST(PublicUrl, SecretsOfTheQuery) {
  for (const char* name : {"token",
                           "TOKEN",
                           "access_token",
                           "X-Amz-Signature",
                           "X-Amz-Credential",
                           "X-Amz-Security-Token",
                           "X-Goog-Signature",
                           "AWSAccessKeyId",
                           "sig",
                           "api_key",
                           "api-key",
                           "apikey",
                           "key",
                           "Key-Pair",
                           "password",
                           "passwd",
                           "pwd",
                           "secret",
                           "client_secret",
                           "auth",
                           "authorization",
                           "session_id",
                           "jwt",
                           "%74oken",
                           "to%6ben",
                           "user",
                           "X-Amz-Key[0]"}) {
    const std::string field = std::string(name) + "=";
    EXPECT_EQ(public_url("http://x/?a=1&" + field + "hunter2&b=2"), "http://x/?a=1&" + field + "***&b=2");
    EXPECT_EQ(public_url("http://x/?a=1;" + field + "hunter2"), "http://x/?a=1;" + field + "***");
    EXPECT_EQ(public_url("http://x/?" + field + "hunter2=more#e"), "http://x/?" + field + "***");
  }
}

// Where the host ends cannot be told: all up to the last @ may be a password.
TEST(PublicUrl, AddressesThatCannotBeRead) {
  EXPECT_EQ(public_url("http://user:hunter/2@example.org/a"), "http://example.org/a");
  EXPECT_EQ(public_url("http://user:hunter?2@example.org/a"), "http://example.org/a");
  EXPECT_EQ(public_url("http://user:hunter#2@example.org/a"), "http://example.org/a");
  EXPECT_EQ(public_url("http://"), "http://");
  EXPECT_EQ(public_url("http://example.org:99999/a?token=hunter2"), "http://example.org:99999/a?token=***");
}

TEST(PublicUrl, OneLine) {
  EXPECT_EQ(public_url("http://x/a\r\nb\x1b[31m"), "http://x/a\\x0d\\x0ab\\x1b[31m");
  EXPECT_EQ(public_url("http://x/\xff"), "http://x/\\xff");
}

}  // namespace
}  // namespace fovea
