#include <QtTest>

#include <cmath>
#include <cstring>
#include <limits>

#include "adapter/half.h"
#include "adapter/safetensors.h"
#include "base/seed_tree.h"

using namespace fedllm;
using namespace fedllm::adapter;

namespace {

std::string with_header(const std::string& json, size_t data_bytes) {
  const uint64_t size = json.size();
  std::string out(reinterpret_cast<const char*>(&size), 8);
  return out + json + std::string(data_bytes, '\1');
}

}  // namespace

class TestSafetensors : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;

  std::string put(const std::string& bytes) {
    const std::string path = dir_.path().toStdString() + "/t.safetensors";
    QFile file(QString::fromStdString(path));   // not write_file_atomic: thousands of fsyncs take minutes
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes.data(), static_cast<qint64>(bytes.size())) < 0)
      qFatal("cannot write");
    return path;
  }
  Status opened(const std::string& bytes) { return SafetensorsFile::open(put(bytes)).status(); }

 private slots:
  void writes_what_it_reads() {
    const std::vector<float> x = {1, -2.5f, 3e-8f, 70000};
    for (DType dtype : {DType::f32, DType::f16, DType::bf16, DType::f64}) {
      const std::string bytes =
          serialize_safetensors({float_tensor("x", {2, 2}, x, dtype), float_tensor("a", {}, std::vector<float>{7}, dtype)});
      QCOMPARE(bytes.size() % 8 % dtype_size(dtype), size_t(0));
      const auto file = SafetensorsFile::open(put(bytes));
      QVERIFY2(file.ok(), file.status().to_string().c_str());
      QCOMPARE(file->tensors().size(), size_t(2));
      const auto view = file->find("x");
      QVERIFY(view->dtype == dtype);
      QCOMPARE(view->shape, (std::vector<int64_t>{2, 2}));
      QCOMPARE(view->elements(), int64_t(4));
      const auto back = *to_float(*view);
      QCOMPARE(back[1], -2.5f);
      if (dtype == DType::f32 || dtype == DType::f64) QVERIFY(back == x);
      QCOMPARE((*to_float(*file->find("a")))[0], 7.0f);
    }
  }

  void writing_is_canonical() {
    const auto a = float_tensor("a", {1}, std::vector<float>{1}), b = float_tensor("b", {1}, std::vector<float>{2});
    const std::string bytes = serialize_safetensors({b, a});
    QCOMPARE(bytes, serialize_safetensors({a, b}));
    std::vector<TensorToWrite> tensors = {b, a};
    std::string together;
    for (const std::string_view piece : SafetensorsPieces(tensors).all) together += piece;
    QCOMPARE(together, bytes);
    const std::string json =
        R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})";
    QCOMPARE(QString::fromStdString(bytes.substr(8, json.size())), QString::fromStdString(json));
    uint64_t size = 0;
    std::memcpy(&size, bytes.data(), 8);
    QCOMPARE(size % 8, uint64_t(0));
    QCOMPARE(bytes.size(), 8 + size + 8);
  }

  void damaged_files_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("part");
    const auto row = [](const char* name, const std::string& bytes, const char* part) {
      QTest::newRow(name) << QByteArray::fromStdString(bytes) << QString(part);
    };
    const std::string a = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
    row("empty", "", "expected at least 8 bytes, got 0");
    row("text", "this is no safetensors file", "not a safetensors file?");
    row("header beyond the file", with_header(a, 0).substr(0, 30), "expected a header of 54 bytes, got 22 bytes");
    row("header is no JSON", with_header("{\"a\":", 8), "the header is not a JSON object");
    row("header is a list", with_header("[]", 0), "the header is not a JSON object");
    row("data cut", with_header(a, 5), "tensor a: expected 8 bytes of tensor data, got 5 bytes");
    row("bytes behind", with_header(a, 11), "there are 3 bytes of no tensor at the end");
    row("shape against offsets", with_header(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8),
        "its shape needs 12 bytes, its data_offsets hold 8 bytes");
    row("shape overflows", with_header(R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}})", 8),
        "tensor a: its shape needs 2^63 bytes or more, its data_offsets hold 8 bytes");
    row("shape overflows before a zero",
        with_header(R"({"a":{"dtype":"F32","shape":[4611686018427387904,4,0],"data_offsets":[0,0]}})", 0),
        "tensor a: its shape needs 2^63 bytes or more");
    row("negative shape", with_header(R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", 8),
        "expected whole numbers in its shape");
    row("offsets descend", with_header(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", 8),
        "expected data_offsets that ascend");
    row("overlap",
        with_header(
            R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
            12),
        "tensor b overlaps the tensor before it by 4 bytes");
    row("gap",
        with_header(
            R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})",
            12),
        "4 bytes of no tensor before b");
    row("no dtype", with_header(R"({"a":{"shape":[2],"data_offsets":[0,8]}})", 8), "expected dtype, shape and two data_offsets");
    row("entry is a number", with_header(R"({"a":1})", 0), "expected dtype, shape and two data_offsets");
    row("unknown dtype", with_header(R"({"a":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}})", 2),
        "has type F8_E4M3, which this program does not read");
  }
  void damaged_files() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, part);
    const Status status = opened(bytes.toStdString());
    QVERIFY(status.code() == Code::data_loss || status.code() == Code::unimplemented);
    QVERIFY2(QString::fromStdString(status.message()).contains(part), status.message().c_str());
    QVERIFY(status.message().find("t.safetensors") != std::string::npos);
  }

  void every_truncation_is_data_loss() {
    const std::string bytes = serialize_safetensors(
        {float_tensor("x", {8}, std::vector<float>(8, 1)), float_tensor("y", {3}, std::vector<float>(3, 1), DType::f16)});
    for (size_t n = 0; n < bytes.size(); ++n)
      QVERIFY2(opened(bytes.substr(0, n)).code() == Code::data_loss, std::to_string(n).c_str());
    QVERIFY(opened(bytes).ok());
  }

  void flipped_header_bits_never_crash() {
    const std::string bytes = serialize_safetensors(
        {float_tensor("x", {8}, std::vector<float>(8, 1)), float_tensor("y", {3}, std::vector<float>(3, 1))});
    Rng rng(7);
    const size_t header = bytes.size() - 44;
    for (int i = 0; i < 600; ++i) {
      std::string bad = bytes;
      for (int flips = 0; flips < 1 + i % 3; ++flips) bad[rng.below(header)] ^= static_cast<char>(1 << rng.below(8));
      const auto file = SafetensorsFile::open(put(bad));
      if (!file.ok()) continue;
      for (const auto& [name, tensor] : file->tensors()) (void)to_float(tensor);   // whatever is accepted can be read
    }
  }

  void other_errors() {
    QVERIFY(SafetensorsFile::open(dir_.path().toStdString() + "/none").status().code() == Code::not_found);
    const auto file = SafetensorsFile::open(put(with_header(R"({"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}})", 8)));
    QVERIFY(file->find("b").status().code() == Code::not_found);
    QCOMPARE(to_float(*file->find("a")).status().message(), std::string("tensor a: expected F32, F16, BF16 or F64, got I64"));
  }

  void half_precision_data() {
    QTest::addColumn<double>("value");
    QTest::addColumn<int>("half");
    const auto row = [](const char* name, double value, int half) { QTest::newRow(name) << value << half; };
    row("one", 1, 0x3c00);
    row("minus two", -2, 0xc000);
    row("largest", 65504, 0x7bff);
    row("rounds down to largest", 65519.996, 0x7bff);
    row("rounds up to infinity", 65520, 0x7c00);
    row("smallest normal", 0x1p-14, 0x0400);
    row("smallest subnormal", 0x1p-24, 0x0001);
    row("half of it: tie to even", 0x1p-25, 0x0000);
    row("more than half of it", 0x1.000002p-25, 0x0001);
    row("three halves: tie to even", 0x1.8p-24, 0x0002);
    row("subnormal rounds into normal", 0x1.ffep-15, 0x0400);
    row("tie to even, down", 1 + 0x1p-11, 0x3c00);
    row("tie to even, up", 1 + 3 * 0x1p-11, 0x3c02);
    row("above the tie", 1 + 0x1.01p-11, 0x3c01);
    row("minus zero", -0.0, 0x8000);
    row("third", 1.0 / 3, 0x3555);
  }
  void half_precision() {
    QFETCH(double, value);
    QFETCH(int, half);
    QCOMPARE(static_cast<int>(float_to_half(static_cast<float>(value))), half);
  }

  void every_half_survives() {
    for (uint32_t h = 0; h < 0x10000; ++h) {
      const float f = half_to_float(static_cast<uint16_t>(h));
      if (std::isnan(f)) QVERIFY(std::isnan(half_to_float(float_to_half(f))));
      else QCOMPARE(static_cast<uint32_t>(float_to_half(f)), h);
    }
    QVERIFY(std::isinf(half_to_float(0x7c00)) && half_to_float(0xfc00) < 0);
  }

  void bfloat() {
    QCOMPARE(static_cast<int>(float_to_bfloat(1.0f)), 0x3f80);
    QCOMPARE(static_cast<int>(float_to_bfloat(1.0f + 0x1p-8f)), 0x3f80);        // tie to even
    QCOMPARE(static_cast<int>(float_to_bfloat(1.0f + 3 * 0x1p-8f)), 0x3f82);
    QVERIFY(std::isnan(bfloat_to_float(float_to_bfloat(NAN))));
    QVERIFY(std::isinf(bfloat_to_float(float_to_bfloat(std::numeric_limits<float>::max()))));
  }
};

QTEST_GUILESS_MAIN(TestSafetensors)
#include "tst_safetensors.moc"
