#include "tokenizer_source.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "base/file.h"

namespace fedllm::app {
namespace {

using Json = nlohmann::json;

constexpr const char* kWhere = "command_line";

Result<Json> read_array(const std::string& path, const std::string& expected) {
  FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(path));
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::parse_error& problem) {
    return invalid_argument(path + ": expected " + expected + ", got text that is not JSON at byte " + std::to_string(problem.byte),
                            kWhere);
  }
  if (!json.is_array())
    return invalid_argument(path + ": expected " + expected + ", got " + (json.is_object() ? "an object" : json.type_name()), kWhere);
  return json;
}

Result<std::vector<int32_t>> ids_of(const Json& list, const std::string& where) {
  std::vector<int32_t> ids;
  if (!list.is_array()) return invalid_argument(where + ": expected an array of ids, got " + list.type_name(), kWhere);
  ids.reserve(list.size());
  for (const Json& value : list) {
    if (!value.is_number_unsigned() || value.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int32_t>::max()))
      return invalid_argument(where + ", id " + std::to_string(ids.size() + 1) + ": expected a whole number from 0 to 2147483647, got " +
                                  value.dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 40), kWhere);
    ids.push_back(value.get<int32_t>());
  }
  return ids;
}

std::string item(const std::string& path, size_t at) { return path + ", item " + std::to_string(at + 1); }

}  // namespace

Result<std::shared_ptr<const data::Tokenizer>> open_tokenizer(const Arguments& arguments, const std::string& otherwise) {
  std::string folder = arguments.has("--model") ? arguments.value("--model") : otherwise;
  if (folder.empty()) return usage_error("--model DIR is needed: a folder with tokenizer.json or tokenizer.model");
  if (folder.starts_with("builtin:")) folder = assets_dir() + "/models/" + folder.substr(8);
  return data::Tokenizer::load(folder);
}

Result<std::vector<std::string>> read_texts(const std::string& path) {
  FEDLLM_ASSIGN_OR_RETURN(const Json list, read_array(path, "a JSON array of strings"));
  std::vector<std::string> texts;
  texts.reserve(list.size());
  for (const Json& value : list) {
    if (!value.is_string()) return invalid_argument(item(path, texts.size()) + ": expected a string, got " + value.type_name(), kWhere);
    texts.push_back(value.get<std::string>());
  }
  return texts;
}

Result<std::vector<std::vector<int32_t>>> read_ids(const std::string& path) {
  FEDLLM_ASSIGN_OR_RETURN(const Json list, read_array(path, "a JSON array of arrays of ids"));
  std::vector<std::vector<int32_t>> rows;
  if (!list.empty() && list.front().is_number()) {
    FEDLLM_ASSIGN_OR_RETURN(std::vector<int32_t> ids, ids_of(list, path));
    rows.push_back(std::move(ids));
    return rows;
  }
  for (const Json& value : list) {
    FEDLLM_ASSIGN_OR_RETURN(std::vector<int32_t> ids, ids_of(value, item(path, rows.size())));
    rows.push_back(std::move(ids));
  }
  return rows;
}

}  // namespace fedllm::app
