#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace fovea {

// The closed list of what can go wrong. name() is what result rows and messages carry.
enum class Errc : std::uint8_t {
  invalid_argument,  // misuse: a flag, parameter or shape
  unsupported,       // well-formed, but of a kind we do not take
  not_found,
  permission,
  not_a_file,  // a directory, socket, pipe or device where a file is needed
  changed,     // the file changed while it was read
  io,
  empty,  // zero bytes
  truncated,
  corrupt,
  unknown_format,  // no codec or model reader knows these bytes
  limit_pixels,
  limit_side,
  limit_bytes,
  limit_scans,
  limit_metadata,
  limit_ratio,  // an archive that unpacks to too many times its size
  limit_memory,
  bad_geometry,
  model_format,
  tensor_size,
  pickle_opcode,  // a pickle operation outside the subset that is read
  pickle_global,  // a pickle names something outside the allow-list
  checksum,
  download,     // no answer, or not the whole of it
  timeout,      // nothing, or not all, within the time allowed
  dns,          // no address for a host's name
  tls,          // no trusted connection
  http_status,  // an answer that is not the file: 404, 503…
  url_refused,  // an address that must not be asked: private, another scheme, malformed
  opt_out,      // its owner asks programs to keep off: robots.txt, X-Robots-Tag
  out_of_memory,
  device,         // it is not there, or refuses
  device_memory,  // its memory is used up
  device_lost,    // a fault after which it gives no results to this process
  policy,         // refused by a rule, not by a fault
  too_many_failures,
  nothing_to_do,
  interrupted,
  internal,
};

std::string_view name(Errc code);  // "LIMIT_PIXELS"
int exit_code(Errc code);          // the process exit status for an error that ends a run

// One line: `where: expected what, got what; cure`.
class Error : public std::runtime_error {
 public:
  Error(Errc code, const std::string& message) : std::runtime_error(message), code_(code) {}
  Errc code() const { return code_; }

 private:
  Errc code_;
};

// A value, or the Error that bad data led to. value() throws that Error; ask error() only after a failed test.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& value() & { return check(), std::get<0>(state_); }
  const T& value() const& { return check(), std::get<0>(state_); }
  T value() && { return check(), std::get<0>(std::move(state_)); }
  const Error& error() const { return std::get<1>(state_); }

 private:
  void check() const {
    if (const auto* error = std::get_if<1>(&state_)) throw *error;
  }
  std::variant<T, Error> state_;
};

}  // namespace fovea
