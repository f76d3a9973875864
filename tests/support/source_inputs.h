#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fovea/source.h"

namespace fovea::test {

struct SourceInput {
  std::string name, bytes;    // `bytes` also of a path or URL
  std::optional<Errc> error;  // what is its row
  std::string message;
  bool operator==(const SourceInput&) const = default;
};

inline SourceInput taken(std::string name, const Content& content) {
  SourceInput input{std::move(name), {}, {}, {}};
  if (const auto* file = std::get_if<FileContent>(&content)) input.bytes = file->path;
  if (const auto* url = std::get_if<UrlContent>(&content)) input.bytes = url->url;
  if (const auto* bytes = std::get_if<std::vector<std::byte>>(&content))
    input.bytes.assign(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  if (const auto* error = std::get_if<Error>(&content)) input.error = error->code(), input.message = error->what();
  return input;
}

inline std::vector<SourceInput> all_inputs(Source& source) {
  std::vector<SourceInput> inputs;
  while (std::optional<std::string> name = source.next()) inputs.push_back(taken(*name, source.take()));
  return inputs;
}

inline std::vector<SourceInput> all_inputs(const std::vector<std::string>& operands,
                                           const SourceOptions& options = {}) {
  return all_inputs(*open_source(operands, options));
}

// Without taking any, as resuming passes over rows that are there.
inline std::vector<std::string> all_names(const std::vector<std::string>& operands, const SourceOptions& options = {}) {
  const auto source = open_source(operands, options);
  std::vector<std::string> names;
  while (std::optional<std::string> name = source->next()) names.push_back(*name);
  return names;
}

// "name" of what is well, "name CODE" of what is not.
inline std::vector<std::string> outcomes(const std::vector<SourceInput>& inputs) {
  std::vector<std::string> texts;
  for (const SourceInput& input : inputs)
    texts.push_back(input.error ? input.name + " " + std::string(name(*input.error)) : input.name);
  return texts;
}

}  // namespace fovea::test
