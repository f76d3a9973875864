#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "pipeline/input/sources.h"
#include "pipeline/input/text_lines.h"
#include "pipeline/path_json.h"

namespace fovea::pipeline {
namespace {

// What a line names, or why it names nothing.
struct Entry {
  std::int64_t line = 0;
  std::string text;
  std::optional<Error> error;
};

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + shown(name);
  return text;
}

class ListSource final : public Source {
 public:
  ListSource(std::string name, std::unique_ptr<ArchiveReader> bytes, ListKind kind, std::string column, OpenEntry open)
      : name_(std::move(name)),
        lines_(std::move(bytes)),
        kind_(kind),
        column_(std::move(column)),
        open_(std::move(open)) {
    if (kind_ == ListKind::csv) read_header();
  }

  std::optional<std::string> next() override {
    while (true) {
      if (entry_)
        if (std::optional<std::string> path = entry_->next()) return path;
      std::optional<Entry> entry = read_entry();
      if (!entry) return std::nullopt;
      entry_ =
          entry->error ? error_source(name_ + ":" + std::to_string(entry->line), *entry->error) : open_(entry->text);
    }
  }
  Content take() override { return entry_->take(); }

 private:
  void read_header() {
    const std::optional<TextLines::Record> header = lines_.next_record();
    if (!header) return;
    if (header->error) throw *header->error;
    columns_ = header->fields.size();
    const auto at = std::find(header->fields.begin(), header->fields.end(), column_);
    if (at == header->fields.end())
      throw Error(Errc::invalid_argument,
                  "expected the column " + column_ + ", got " + joined(header->fields) + "; name it with --column");
    place_ = static_cast<std::size_t>(at - header->fields.begin());
  }

  std::optional<Entry> read_entry() { return kind_ == ListKind::csv ? from_record() : from_line(); }

  std::optional<Entry> from_record() {
    const std::optional<TextLines::Record> record = lines_.next_record();
    if (!record) return std::nullopt;
    Entry entry{record->number, {}, record->error};
    if (!entry.error && record->fields.size() != columns_)
      entry.error =
          bad(entry, "expected " + std::to_string(columns_) + " fields, got " + std::to_string(record->fields.size()));
    if (!entry.error) entry.text = record->fields[place_];
    if (!entry.error && entry.text.empty()) entry.error = bad(entry, "expected a name in " + column_ + ", got none");
    return entry;
  }

  std::optional<Entry> from_line() {
    while (std::optional<TextLines::Line> line = lines_.next_line()) {
      Entry entry{line->number, std::move(line->text), std::move(line->error)};
      if (!entry.error && entry.text.empty()) continue;
      if (!entry.error && kind_ == ListKind::jsonl) take_member(entry);
      return entry;
    }
    return std::nullopt;
  }

  void take_member(Entry& entry) const {
    const auto json = nlohmann::json::parse(parsable_json(entry.text), nullptr, false);
    if (!json.is_object()) {
      entry.error = bad(entry, "expected a JSON object in UTF-8, got something else");
    } else if (const auto at = json.find(column_);
               at == json.end() || !at->is_string() || at->get<std::string>().empty()) {
      entry.error = bad(entry, "expected a text called " + shown(column_) + ", got none");
    } else if (entry.text = path_bytes(at->get<std::string>()); entry.text.find('\0') != entry.text.npos) {
      entry.error = bad(entry, "expected text in " + shown(column_) + ", got a NUL");
    }
  }

  static Error bad(const Entry& entry, const std::string& what) {
    return Error(Errc::corrupt, "line " + std::to_string(entry.line) + ": " + what);
  }

  std::string name_;
  TextLines lines_;
  ListKind kind_;
  std::string column_;
  OpenEntry open_;
  std::size_t columns_ = 0, place_ = 0;
  std::unique_ptr<Source> entry_;
};

}  // namespace

std::unique_ptr<Source> list_source(const std::string& name, std::unique_ptr<ArchiveReader> bytes, ListKind kind,
                                    const std::string& column, OpenEntry open) {
  return std::make_unique<ListSource>(name, std::move(bytes), kind, column, std::move(open));
}

}  // namespace fovea::pipeline
