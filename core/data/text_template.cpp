#include "data/text_template.h"

#include <algorithm>

#include "base/text.h"
#include "data/chat_format.h"
#include "spec/names.h"

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.template";

struct Part {
  enum class Kind { literal, field, open, close } kind;
  std::string_view text;
};

bool is_field_name(std::string_view name) {
  return !name.empty() && name.find_first_of("{}\n\r\"':,") == std::string_view::npos && name.front() != ' ' &&
         name.back() != ' ';
}

// Cuts a template into literals and placeholders.
std::vector<Part> parts_of(std::string_view text) {
  std::vector<Part> parts;
  size_t done = 0;
  for (size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
    const size_t close = text.find('}', open);
    if (close == std::string_view::npos) break;
    std::string_view name = text.substr(open + 1, close - open - 1);
    Part::Kind kind = Part::Kind::field;
    if (name.starts_with('?')) kind = Part::Kind::open, name.remove_prefix(1);
    else if (name.starts_with('/')) kind = Part::Kind::close, name.remove_prefix(1);
    if (!is_field_name(name)) continue;
    if (open > done) parts.push_back({Part::Kind::literal, text.substr(done, open - done)});
    parts.push_back({kind, name});
    done = close + 1;
    open = close;
  }
  if (done < text.size()) parts.push_back({Part::Kind::literal, text.substr(done)});
  return parts;
}

const std::string* find_field(const Record& record, std::string_view name) {
  for (const auto& [key, value] : record)
    if (key == name) return &value;
  return nullptr;
}

std::string list_fields(const std::vector<std::string>& fields) { return fields.empty() ? "none" : join(fields, ", "); }

Status missing_field(const std::string& name, const std::vector<std::string>& fields) {
  const std::vector<std::string_view> candidates(fields.begin(), fields.end());
  const std::string nearest = nearest_key(name, candidates);
  return invalid_argument("the template uses the field \"" + name + "\", but the fields are " + list_fields(fields) +
                              (nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?"), kWhere);
}

Status append(std::string_view text, const Record& record, std::string& out) {
  std::vector<std::string_view> open;   // names of the optional parts around the place
  int hidden = 0;                       // how many of them are left out
  for (const Part& part : parts_of(text)) {
    const std::string* value = part.kind == Part::Kind::literal ? nullptr : find_field(record, part.text);
    switch (part.kind) {
      case Part::Kind::literal:
        if (hidden == 0) out.append(part.text);
        break;
      case Part::Kind::open:
        open.push_back(part.text);
        if (hidden > 0 || !value || value->empty()) ++hidden;
        break;
      case Part::Kind::close:
        if (open.empty() || open.back() != part.text)
          return invalid_argument("the template closes {/" + std::string(part.text) + "} where it is not open", kWhere);
        open.pop_back();
        if (hidden > 0) --hidden;
        break;
      case Part::Kind::field:
        if (hidden > 0) break;
        if (!value) {
          std::vector<std::string> fields;
          for (const auto& [key, unused] : record) fields.push_back(key);
          return missing_field(std::string(part.text), fields);
        }
        out.append(*value);
        break;
    }
  }
  if (!open.empty())
    return invalid_argument("the template opens {?" + std::string(open.back()) + "} and does not close it", kWhere);
  return {};
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return text;
}

// The first of `names` that is a field, in the field's own spelling; else empty.
std::string first_of(const std::vector<std::string>& fields, std::initializer_list<const char*> names) {
  for (const char* name : names)
    for (const std::string& field : fields)
      if (lower(field) == name) return field;
  return {};
}

spec::TemplateSpec instruction_form(const std::vector<std::string>& fields) {
  const std::string instruction = first_of(fields, {"instruction"});
  const std::string context = first_of(fields, {"context", "input"});
  const std::string response = first_of(fields, {"response", "output", "answer"});
  if (instruction.empty() || response.empty()) return {};
  const std::string middle = context.empty() ? "" : "{?" + context + "}### Context:\n{" + context + "}\n\n{/" + context + "}";
  return {"instruction", "### Instruction:\n{" + instruction + "}\n\n" + middle + "### Response:\n", "{" + response + "}"};
}

spec::TemplateSpec question_form(const std::vector<std::string>& fields) {
  const std::string question = first_of(fields, {"question"});
  const std::string answer = first_of(fields, {"answer", "long_answer", "response", "output"});
  if (question.empty() || answer.empty()) return {};
  return {"question", "Question: {" + question + "}\nAnswer:", " {" + answer + "}"};
}

spec::TemplateSpec prompt_form(const std::vector<std::string>& fields) {
  const std::string prompt = first_of(fields, {"prompt"});
  const std::string completion = first_of(fields, {"completion", "response", "output"});
  if (prompt.empty() || completion.empty()) return {};
  return {"prompt", "{" + prompt + "}", "{" + completion + "}"};
}

spec::TemplateSpec text_form(const std::vector<std::string>& fields) {
  const std::string text = first_of(fields, {"text"});
  return text.empty() ? spec::TemplateSpec{} : spec::TemplateSpec{"text", "", "{" + text + "}"};
}

// The single turn of a record for a prompt format: which fields ask and which answers.
spec::TemplateSpec single_turn_form(const std::string& format, const std::vector<std::string>& fields) {
  const std::string context = first_of(fields, {"context", "input"});
  if (const spec::TemplateSpec found = instruction_form(fields); !found.response.empty()) {
    const std::string label = format == "alpaca" ? "### Input:\n" : "";
    const std::string more = context.empty() ? "" : "{?" + context + "}\n\n" + label + "{" + context + "}{/" + context + "}";
    return {format, "{" + first_of(fields, {"instruction"}) + "}" + more, found.response};
  }
  if (const spec::TemplateSpec found = question_form(fields); !found.response.empty())
    return {format, "{" + first_of(fields, {"question"}) + "}", found.response.substr(1)};
  if (spec::TemplateSpec found = prompt_form(fields); !found.response.empty()) return {format, found.prompt, found.response};
  if (const std::string text = first_of(fields, {"text"}); format == "raw" && !text.empty()) return {format, "", "{" + text + "}"};
  return {};
}

// A prompt format over these fields. A record with a conversation needs no other field; its turns go before a single turn.
spec::TemplateSpec chat_form(const spec::TemplateSpec& wanted, const std::vector<std::string>& fields) {
  spec::TemplateSpec found = single_turn_form(wanted.name, fields);
  const std::string turns = turns_field(fields), system = first_of(fields, {"system", "system_prompt"});
  if (found.response.empty() && !turns.empty()) found = {wanted.name, "", "{" + turns + "}"};
  found.system = !wanted.system.empty() ? wanted.system : system.empty() ? "" : "{?" + system + "}{" + system + "}{/" + system + "}";
  return found;
}

Result<spec::TemplateSpec> resolve_chat(const spec::TemplateSpec& wanted, const std::vector<std::string>& fields) {
  spec::TemplateSpec found = chat_form(wanted, fields);
  if (found.response.empty())
    return invalid_argument("the prompt format " + wanted.name + " fits none of the fields " + list_fields(fields) +
                                ": expected messages, conversations, instruction and response, question and answer, or prompt "
                                "and completion", kWhere);
  return found;
}

Result<spec::TemplateSpec> check_custom(const spec::TemplateSpec& wanted, const std::vector<std::string>& fields) {
  std::string ignored;
  Record every;
  for (const std::string& field : fields) every.emplace_back(field, "x");
  FEDLLM_RETURN_IF_ERROR(append(wanted.prompt, every, ignored));
  FEDLLM_RETURN_IF_ERROR(append(wanted.response, every, ignored));
  FEDLLM_RETURN_IF_ERROR(append(wanted.system, every, ignored));
  if (wanted.response.empty()) return invalid_argument("the template has no response, so there is nothing to learn", kWhere);
  return wanted;
}

}  // namespace

std::vector<std::string> required_fields(const spec::TemplateSpec& resolved) {
  std::vector<std::string> names;
  for (const std::string* text : {&resolved.prompt, &resolved.response, &resolved.system}) {
    int depth = 0;
    for (const Part& part : parts_of(*text)) {
      if (part.kind == Part::Kind::open) ++depth;
      if (part.kind == Part::Kind::close) --depth;
      if (part.kind == Part::Kind::field && depth <= 0 && std::find(names.begin(), names.end(), part.text) == names.end())
        names.emplace_back(part.text);
    }
  }
  return names;
}

Result<std::string> fill_template(std::string_view text, const Record& record) {
  std::string out;
  FEDLLM_RETURN_IF_ERROR(append(text, record, out));
  return out;
}

Result<spec::TemplateSpec> resolve_template(const spec::TemplateSpec& wanted, const std::vector<std::string>& fields,
                                            std::string_view turns_format) {
  if (wanted.name == "custom" || !wanted.prompt.empty() || !wanted.response.empty()) return check_custom(wanted, fields);
  for (auto* form : {instruction_form, question_form, prompt_form, text_form}) {
    const spec::TemplateSpec found = form(fields);
    if (!found.response.empty() && (wanted.name == "auto" || wanted.name == found.name)) return found;
  }
  if (spec::is_chat_format(wanted.name)) return resolve_chat(wanted, fields);
  if (wanted.name == "auto" && !turns_field(fields).empty())
    return resolve_chat({std::string(turns_format.empty() ? "chatml" : turns_format), "", "", wanted.system}, fields);
  if (wanted.name == "auto")
    return invalid_argument("no template fits the fields " + list_fields(fields) +
                                ": expected instruction and response, question and answer, prompt and completion, or text; "
                                "give a prompt and a response with {field} placeholders", kWhere);
  if (wanted.name == "instruction")
    return missing_field(first_of(fields, {"instruction"}).empty() ? "instruction" : "response", fields);
  if (wanted.name == "question") return missing_field(first_of(fields, {"question"}).empty() ? "question" : "answer", fields);
  if (wanted.name == "prompt") return missing_field(first_of(fields, {"prompt"}).empty() ? "prompt" : "completion", fields);
  if (wanted.name == "text") return missing_field("text", fields);
  return invalid_argument(
      "dataset.template: expected auto, instruction, question, prompt, text, a prompt format or a prompt and a response, got \"" +
          wanted.name + "\"",
      kWhere);
}

Result<RenderedRecord> render(const Record& record, const spec::TemplateSpec& resolved) {
  if (spec::is_chat_format(resolved.name)) return render_chat(record, resolved);
  RenderedRecord rendered;
  FEDLLM_RETURN_IF_ERROR(append(resolved.prompt, record, rendered.text));
  rendered.response_start = rendered.text.size();
  FEDLLM_RETURN_IF_ERROR(append(resolved.response, record, rendered.text));
  // Tokenizers attach a space to the word after it, so a space that ends the prompt belongs to the response.
  if (rendered.response_start > 1 && rendered.text[rendered.response_start - 1] == ' ') --rendered.response_start;
  return rendered;
}

}  // namespace fedllm::data
