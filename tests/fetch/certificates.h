#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/run_program.h"
#include "support/temporary_directory.h"

namespace fovea::test {

inline bool has_program(const char* program) {
  return run_program("/bin/sh", {"-c", "command -v " + std::string(program)}).exit_code == 0;
}

// An authority of the test's own, made by openssl in a folder of its own.
class Certificates {
 public:
  Certificates() { openssl("req -x509 " + key("ca") + " -subj '/CN=tests' -days 2 -out ca.pem"); }

  std::string authority() const { return file("ca.pem"); }
  std::string file(const std::string& name) const { return (folder_.path() / name).native(); }

  // NAME.pem and NAME.key of a server called `host`, until so many days from now.
  void certify(const std::string& name, const std::string& host, int days = 2) {
    openssl("req " + key(name) + " -subj '/CN=" + host + "' -addext subjectAltName=DNS:" + host + " -out " + name +
            ".csr");
    openssl("x509 -req -in " + name + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -copy_extensions copy -days " +
            std::to_string(days) + " -out " + name + ".pem");
  }
  // One that is its own authority.
  void certify_itself(const std::string& name, const std::string& host) {
    openssl("req -x509 " + key(name) + " -subj '/CN=" + host + "' -addext subjectAltName=DNS:" + host +
            " -days 2 -out " + name + ".pem");
  }

 private:
  static std::string key(const std::string& name) {
    return "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout " + name + ".key";
  }
  void openssl(const std::string& arguments) {
    const ProgramResult result =
        run_program("/bin/sh", {"-c", "openssl " + arguments}, {.environment = {}, .folder = folder_.path().native()});
    if (result.exit_code != 0) throw std::runtime_error("openssl " + arguments + ": " + result.err);
  }

  TemporaryDirectory folder_;
};

}  // namespace fovea::test
