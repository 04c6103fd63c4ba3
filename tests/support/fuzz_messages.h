// Valid messages of any type, filled by reflection: every field has a value, so that a mutation finds something to spoil everywhere.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <memory>
#include <string>

#include "base/seed_tree.h"

namespace fedllm::tests {

inline void fill(google::protobuf::Message& message, Rng& rng, int depth = 0);

inline void fill_one(google::protobuf::Message& message, const google::protobuf::FieldDescriptor* field, Rng& rng, int depth) {
  using Kind = google::protobuf::FieldDescriptor;
  const auto* reflection = message.GetReflection();
  const bool many = field->is_repeated();
  switch (field->cpp_type()) {
    case Kind::CPPTYPE_MESSAGE:
      if (depth < 4) fill(many ? *reflection->AddMessage(&message, field) : *reflection->MutableMessage(&message, field), rng, depth + 1);
      return;
    case Kind::CPPTYPE_STRING: {
      const std::string value(1 + rng.below(40), static_cast<char>('a' + rng.below(26)));
      return many ? reflection->AddString(&message, field, value) : reflection->SetString(&message, field, value);
    }
    case Kind::CPPTYPE_DOUBLE: {
      const double value = 10 * rng.uniform();
      return many ? reflection->AddDouble(&message, field, value) : reflection->SetDouble(&message, field, value);
    }
    case Kind::CPPTYPE_INT32: {
      const auto value = static_cast<int32_t>(rng.below(1000));
      return many ? reflection->AddInt32(&message, field, value) : reflection->SetInt32(&message, field, value);
    }
    case Kind::CPPTYPE_INT64: {
      const auto value = static_cast<int64_t>(rng.below(1000));
      return many ? reflection->AddInt64(&message, field, value) : reflection->SetInt64(&message, field, value);
    }
    case Kind::CPPTYPE_UINT32: return reflection->SetUInt32(&message, field, static_cast<uint32_t>(rng.below(1000)));
    case Kind::CPPTYPE_UINT64: return reflection->SetUInt64(&message, field, rng.below(1000));
    case Kind::CPPTYPE_BOOL: return reflection->SetBool(&message, field, rng.below(2) == 1);
    case Kind::CPPTYPE_ENUM: return reflection->SetEnumValue(&message, field, static_cast<int>(rng.below(4)));
    default: qFatal("no filling for %s", field->full_name().c_str());
  }
}

inline void fill(google::protobuf::Message& message, Rng& rng, int depth) {
  const auto* descriptor = message.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (field->real_containing_oneof() && static_cast<int>(rng.below(static_cast<uint64_t>(field->containing_oneof()->field_count()))) != field->index_in_oneof())
      continue;
    for (uint64_t left = field->is_repeated() ? rng.below(4) : 1; left > 0; --left) fill_one(message, field, rng, depth);
  }
}

inline std::string filled(const google::protobuf::Message& prototype, Rng& rng) {
  const std::unique_ptr<google::protobuf::Message> message(prototype.New());
  fill(*message, rng);
  return message->SerializeAsString();
}

}  // namespace fedllm::tests
