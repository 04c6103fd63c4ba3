#include <QtTest>

#include "base/status.h"

using namespace fedllm;

namespace {

Result<int> half(int x) {
  if (x % 2) return invalid_argument("expected an even number, got " + std::to_string(x), "test.half");
  return x / 2;
}
Result<int> quarter(int x) {
  FEDLLM_ASSIGN_OR_RETURN(const int once, half(x));
  FEDLLM_ASSIGN_OR_RETURN(const int twice, half(once));
  return twice;
}
Status check(int x) {
  FEDLLM_RETURN_IF_ERROR(quarter(x).status());
  return {};
}

}  // namespace

class TestStatus : public QObject {
  Q_OBJECT
 private slots:
  void names_are_grpcs() {
    QCOMPARE(code_name(Code::ok), std::string_view("OK"));
    QCOMPARE(code_name(Code::resource_exhausted), std::string_view("RESOURCE_EXHAUSTED"));
    QCOMPARE(code_name(Code::unauthenticated), std::string_view("UNAUTHENTICATED"));
    QCOMPARE(static_cast<int>(Code::data_loss), 15);   // gRPC's number: the wire passes it through
    QCOMPARE(static_cast<int>(Code::unauthenticated), 16);
  }
  void sentence() {
    QVERIFY(Status().ok());
    QCOMPARE(Status().to_string(), std::string("ok"));
    QCOMPARE(half(3).status().to_string(), std::string("[test.half] expected an even number, got 3"));
    QCOMPARE(Status(Code::internal, "no place").to_string(), std::string("no place"));
    const Status prefixed = half(3).status().with_prefix("run 7");
    QCOMPARE(prefixed.message(), std::string("run 7: expected an even number, got 3"));
    QVERIFY(prefixed.code() == Code::invalid_argument && prefixed.where() == "test.half");
    QVERIFY(Status().with_prefix("x").ok());
  }
  void results_pass_on() {
    QCOMPARE(*quarter(8), 2);
    QCOMPARE(quarter(6).status().message(), std::string("expected an even number, got 3"));
    QVERIFY(check(4).ok() && !check(2).ok() && !check(1).ok());
  }
  void moves_only_values() {
    Result<std::unique_ptr<int>> box(std::make_unique<int>(5));
    const std::unique_ptr<int> taken = std::move(*box);
    QCOMPARE(*taken, 5);
  }
};

QTEST_GUILESS_MAIN(TestStatus)
#include "tst_status.moc"
