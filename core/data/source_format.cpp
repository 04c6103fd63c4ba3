#include "data/source_format.h"

#include <algorithm>
#include <filesystem>

#include <simdjson.h>

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.import";

std::string lower_extension(const std::string& path) {
  std::string extension = std::filesystem::path(path).extension().string();
  for (char& c : extension) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return extension;
}

// A first line that is an object with a plain value in it: one record a line, not a document of arrays.
bool first_line_is_record(std::string_view head) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  const std::string line(head.substr(0, head.find('\n')));
  if (parser.parse(line).get(object)) return false;
  for (const auto field : object)
    if (!field.value.is_array() && !field.value.is_object()) return true;
  return false;
}

}  // namespace

std::string_view format_name(Format format) {
  switch (format) {
    case Format::jsonl: return "jsonl";
    case Format::json: return "json";
    case Format::csv: return "csv";
    case Format::text: return "text";
  }
  return "";
}

Result<Format> format_from(const std::string& name) {
  for (Format format : {Format::jsonl, Format::json, Format::csv, Format::text})
    if (name == format_name(format)) return format;
  return invalid_argument("dataset.format: expected auto, jsonl, json, csv or text, got \"" + name + "\"", kWhere);
}

Result<size_t> byte_order_mark(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) return size_t{3};
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF"))
    return invalid_argument("expected UTF-8, got a UTF-16 byte order mark", kWhere);
  return size_t{0};
}

Result<Format> detect_format(const std::string& path, std::string_view head) {
  FEDLLM_ASSIGN_OR_RETURN(const size_t mark, byte_order_mark(head));
  head.remove_prefix(mark);
  const std::string extension = lower_extension(path);
  if (extension == ".csv" || extension == ".tsv") return Format::csv;
  if (extension == ".txt" || extension == ".md") return Format::text;
  if (extension == ".jsonl" || extension == ".ndjson") return Format::jsonl;
  head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n"), head.size()));
  if (head.starts_with('[')) return Format::json;
  if (head.starts_with('{')) return first_line_is_record(head) ? Format::jsonl : Format::json;
  if (extension == ".json") return Format::json;
  return Format::text;
}

Status scan_error(uint64_t line, const std::string& reason) {
  return invalid_argument("line " + std::to_string(line) + ": " + reason, kWhere);
}

Status scan(ByteStream& stream, SourceLayout& layout, RecordSink& sink) {
  switch (layout.format) {
    case Format::jsonl: return scan_jsonl(stream, sink);
    case Format::json: return scan_json(stream, sink);
    case Format::csv: return scan_csv(stream, layout, sink);
    case Format::text: return scan_text(stream, sink);
  }
  return internal_error("unknown format", kWhere);
}

}  // namespace fedllm::data
