#include "model/pickle/machine.h"

#include <algorithm>

#include "base/byte_reader.h"
#include "model/pickle/globals.h"
#include "model/pickle/machine_state.h"
#include "model/pickle/opcode.h"

namespace fovea::model::pickle {
namespace {

constexpr std::size_t max_name = 256;
constexpr std::uint64_t max_integer_bytes = 255;

class Machine {
 public:
  Machine(std::span<const std::byte> bytes, const Limits& limits)
      : bytes_(bytes.first(std::min(bytes.size(), limits.bytes))),
        cut_(bytes.size() > limits.bytes),
        reader_(bytes_),
        state_(limits) {}

  Result<Pickle> run() {
    std::uint8_t code = 0;
    std::size_t start = 0;
    try {
      for (bool more = true; more;) {
        start = reader_.position();
        code = reader_.number<std::uint8_t>();
        if ((start == 0) != (code == static_cast<std::uint8_t>(Opcode::proto)))
          throw Error(Errc::corrupt, "expected PROTO at the start and there only, got another order");
        more = step(static_cast<Opcode>(code));
      }
    } catch (const Error& error) {
      return located(error, code, start);
    }
    state_.result.root = state_.pop();
    state_.result.size = reader_.position();
    return std::move(state_.result);
  }

 private:
  Error located(const Error& error, std::uint8_t code, std::size_t start) const {
    if (error.code() == Errc::truncated && cut_)
      return Error(Errc::limit_metadata,
                   "pickle: expected at most " + std::to_string(bytes_.size()) + " bytes, got more");
    return Error(error.code(), "pickle byte " + std::to_string(start) +
                                   (start == bytes_.size() ? "" : ", " + std::string(name(code))) + ": " +
                                   error.what());
  }

  bool step(Opcode code) {  // false after STOP
    switch (code) {
      case Opcode::proto:
        return protocol();
      case Opcode::frame:
        return frame();
      case Opcode::stop:
        return finish();
      case Opcode::mark:
        return state_.mark(), true;
      case Opcode::none:
        return push(None{});
      case Opcode::newtrue:
        return push(true);
      case Opcode::newfalse:
        return push(false);
      case Opcode::binint:
        return push(std::int64_t{reader_.number<std::int32_t>()});
      case Opcode::binint1:
        return push(std::int64_t{reader_.number<std::uint8_t>()});
      case Opcode::binint2:
        return push(std::int64_t{reader_.number<std::uint16_t>()});
      case Opcode::long1:
        return integer(reader_.number<std::uint8_t>());
      case Opcode::long4:
        return integer(unsigned_length());
      case Opcode::binfloat:
        return push(reader_.big_endian_double());
      case Opcode::short_binunicode:
      case Opcode::short_binstring:
        return push(reader_.text(reader_.number<std::uint8_t>()));
      case Opcode::binunicode:
        return push(reader_.text(reader_.number<std::uint32_t>()));
      case Opcode::binunicode8:
        return push(reader_.text(reader_.number<std::uint64_t>()));
      case Opcode::binstring:
        return push(reader_.text(unsigned_length()));
      case Opcode::empty_tuple:
        return push(Tuple{});
      case Opcode::empty_list:
        return push(List{});
      case Opcode::empty_dict:
        return push(Dict{});
      case Opcode::tuple:
        return state_.push_tuple(state_.pop_to_mark()), true;
      case Opcode::tuple1:
        return tuple(1);
      case Opcode::tuple2:
        return tuple(2);
      case Opcode::tuple3:
        return tuple(3);
      case Opcode::append:
        return append(last(1));
      case Opcode::appends:
        return append(state_.pop_to_mark());
      case Opcode::setitem:
        return set_items(last(2));
      case Opcode::setitems:
        return set_items(state_.pop_to_mark());
      case Opcode::binput:
        return memoize(reader_.number<std::uint8_t>());
      case Opcode::long_binput:
        return memoize(reader_.number<std::uint32_t>());
      case Opcode::memoize:
        return state_.memoize_next(bytes_.size()), true;
      case Opcode::binget:
        return state_.push(state_.recall(reader_.number<std::uint8_t>())), true;
      case Opcode::long_binget:
        return state_.push(state_.recall(reader_.number<std::uint32_t>())), true;
      case Opcode::global:
        return global();
      case Opcode::stack_global:
        return stack_global();
      case Opcode::reduce:
        return reduce(state_), true;
      case Opcode::build:
        return build(state_), true;
      case Opcode::binpersid:
        return persistent_id(state_), true;
    }
    throw Error(Errc::pickle_opcode, "expected an opcode that builds plain data, got opcode " +
                                         std::to_string(static_cast<int>(code)) +
                                         ", which was not run; save the model's state_dict() only");
  }

  bool push(Value value) { return state_.push(std::move(value)), true; }

  bool protocol() {
    const int version = reader_.number<std::uint8_t>();
    if (version < 2 || version > 5)
      throw Error(Errc::unsupported, "expected a pickle of protocol 2 to 5, got " + std::to_string(version));
    return true;
  }

  bool frame() {
    const auto length = reader_.number<std::uint64_t>();
    if (length > bytes_.size() - reader_.position())
      throw Error(Errc::truncated, "expected a frame of " + std::to_string(length) + " bytes, got " +
                                       std::to_string(bytes_.size() - reader_.position()));
    return true;
  }

  bool finish() const {
    if (!state_.at_end())
      throw Error(Errc::corrupt,
                  "expected one value at the end, got " + std::to_string(state_.height()) + " or an open mark");
    return false;
  }

  std::uint64_t unsigned_length() {
    const auto length = reader_.number<std::int32_t>();
    if (length < 0) throw Error(Errc::corrupt, "expected a length of 0 or more, got " + std::to_string(length));
    return static_cast<std::uint64_t>(length);
  }

  bool integer(std::uint64_t count) {
    if (count > max_integer_bytes)
      throw Error(Errc::limit_metadata, "expected an integer of at most " + std::to_string(max_integer_bytes) +
                                            " bytes, got " + std::to_string(count));
    const auto part = reader_.take(count);
    if (count > sizeof(std::int64_t)) return push(BigInteger{part});
    std::uint64_t value = count > 0 && (part.back() & std::byte{0x80}) != std::byte{0} ? ~std::uint64_t{0} : 0;
    for (std::size_t i = part.size(); i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(part[i]);
    return push(static_cast<std::int64_t>(value));
  }

  std::vector<Id> last(std::size_t count) {
    std::vector<Id> items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = state_.pop();
    return items;
  }
  bool tuple(std::size_t count) { return state_.push_tuple(last(count)), true; }
  bool append(const std::vector<Id>& items) { return state_.append(state_.top(), items), true; }
  bool set_items(const std::vector<Id>& items) { return state_.set_items(state_.top(), items), true; }
  bool memoize(std::uint64_t index) { return state_.memoize(index, bytes_.size()), true; }

  bool named(std::string_view module, std::string_view name) {
    Result<Value> value = lookup_global(module, name);
    if (!value) throw value.error();
    return push(std::move(value).value());
  }
  bool global() {
    const std::string_view module = reader_.line(max_name);
    return named(module, reader_.line(max_name));
  }
  bool stack_global() {
    const Id name = state_.pop(), module = state_.pop();
    return named(state_.get<std::string_view>(module, "a string for the module"),
                 state_.get<std::string_view>(name, "a string for the name"));
  }

  std::span<const std::byte> bytes_;
  bool cut_;
  ByteReader reader_;
  MachineState state_;
};

}  // namespace

Result<Pickle> read_pickle(std::span<const std::byte> bytes, const Limits& limits) {
  return Machine(bytes, limits).run();
}

}  // namespace fovea::model::pickle
