// The arrows between the rooms (README, "Map"): every #include of core/, ui/ and app/ against the table of who may know whom,
// and against the third-party headers that only certain folders may see. What a room hides (torch, SQLite, JSON, …) may
// not leak through a header that another room includes either.
#include <QDirIterator>
#include <QRegularExpression>
#include <QtTest>

namespace {

const QString kRoot = FEDLLM_SOURCE_DIR;

// room -> rooms it may include; a room may always include itself.
const QMap<QString, QStringList> kArrows = {
    {"base", {}},
    {"spec", {"base"}},
    {"adapter", {"base"}},
    {"codec", {"adapter", "spec", "base"}},
    {"data", {"spec", "base"}},
    {"fed", {"adapter", "spec", "base"}},
    {"conformance", {"fed", "codec", "adapter", "spec", "base"}},
    {"ledger", {"base"}},
    {"train", {"adapter", "data", "spec", "base"}},
    {"wire", {}},
    {"net", {"wire", "base"}},
    {"node", {"net", "wire", "train", "ledger", "codec", "fed", "data", "adapter", "spec", "base"}},
    {"lab", {"node", "net", "wire", "train", "ledger", "codec", "fed", "data", "adapter", "spec", "base"}},
    {"ui", {"wire", "spec", "base"}},
    {"app-studio", {"ui", "spec", "base"}},
    {"app-core", {"lab", "node", "net", "wire", "data", "train", "adapter", "fed", "conformance", "codec", "ledger", "spec", "base"}},
};

// Third-party header -> path prefixes of the files that may include it.
struct Private { const char* name; QRegularExpression header; QStringList allowed; };
const QList<Private> kPrivate = {
    {"LibTorch", QRegularExpression("^(torch|ATen|c10|caffe2)/"), {"core/train/"}},
    {"libqrencode", QRegularExpression("^qrencode\\.h$"), {"core/lab/", "ui/lab/"}},
    {"Qt", QRegularExpression("^Q\\w+(/.*)?$|^q[a-z]+\\.h$"), {"ui/", "app/studio_main", "app/core_launcher"}},
    {"QCustomPlot", QRegularExpression("^qcustomplot\\.h$"), {"ui/plot/"}},
    {"SQLite", QRegularExpression("^sqlite3"), {"core/ledger/"}},
    {"gRPC",
     QRegularExpression("^(grpc|grpcpp|grpc\\+\\+)/|\\.grpc\\.pb\\.h$"),
     {"core/wire/", "core/net/", "core/node/", "core/lab/", "ui/link/", "app/"}},
    {"protobuf", QRegularExpression("^google/protobuf/"), {"core/wire/", "core/net/", "core/node/", "core/lab/", "ui/link/"}},
    {"simdjson", QRegularExpression("^simdjson"), {"core/data/"}},
    {"PCRE2", QRegularExpression("^pcre2"), {"core/data/"}},
    {"ICU", QRegularExpression("^unicode/"), {"core/data/"}},
    {"OpenSSL", QRegularExpression("^openssl/"), {"core/base/", "core/net/"}},
    {"Eigen", QRegularExpression("^Eigen/"), {"core/fed/"}},
    {"Avahi", QRegularExpression("^avahi-"), {"core/net/"}},
    {"nlohmann JSON",
     QRegularExpression("^nlohmann/"),
     {"core/spec/", "core/adapter/", "core/data/", "core/train/", "core/ledger/", "core/node/", "core/lab/", "app/"}},
};

// Hidden even from those who include the room's headers.
const QStringList kHidden = {"LibTorch", "SQLite", "simdjson", "PCRE2", "ICU", "OpenSSL", "Eigen", "nlohmann JSON", "QCustomPlot"};

QString roomOf(const QString& file) {
  if (file.startsWith("ui/")) return "ui";
  if (file.startsWith("app/studio_main") || file.startsWith("app/core_launcher")) return "app-studio";
  if (file.startsWith("app/")) return "app-core";
  return file.section('/', 1, 1);   // core/<room>/…
}

const Private* privateOf(const QString& include) {
  for (const Private& p : kPrivate)
    if (p.header.match(include).hasMatch() && !(QString(p.name) == "Qt" && include == "qcustomplot.h")) return &p;
  return nullptr;
}

// Why `file` may not include `include`; empty if it may.
QString forbidden(const QString& file, const QString& include) {
  if (const Private* p = privateOf(include)) {
    const bool allowed =
        std::any_of(p->allowed.begin(), p->allowed.end(), [&](const QString& prefix) { return file.startsWith(prefix); });
    if (!allowed) return QString("%1 includes <%2>, but %3 belongs to %4").arg(file, include, p->name, p->allowed.join(", "));
  }
  const QString target = include.section('/', 0, 0), room = roomOf(file);
  if (!include.contains('/') || !kArrows.contains(target) || target == room) return {};
  if (!kArrows.contains(room)) return QString("%1 lies in a room without arrows: %2").arg(file, room);
  if (kArrows[room].contains(target)) return {};
  return QString("%1 includes \"%2\", but %3 may only know %4")
      .arg(file, include, room, kArrows[room].isEmpty() ? "nothing" : kArrows[room].join(", "));
}

QStringList includesOf(const QString& text) {
  static const QRegularExpression line("^[ \\t]*#[ \\t]*include[ \\t]*[<\"]([^>\"]+)[>\"]", QRegularExpression::MultilineOption);
  QStringList out;
  for (auto it = line.globalMatch(text); it.hasNext();) out << it.next().captured(1);
  return out;
}

// file (relative to the root) -> its includes
QMap<QString, QStringList> readTree() {
  QMap<QString, QStringList> tree;
  for (const char* folder : {"core", "ui", "app"}) {
    QDirIterator it(QDir(kRoot).filePath(folder), {"*.h", "*.cpp", "*.inl"}, QDir::Files, QDirIterator::Subdirectories);
    while (it.hasNext()) {
      QFile file(it.next());
      if (file.open(QIODevice::ReadOnly))
        tree[QDir(kRoot).relativeFilePath(file.fileName())] = includesOf(QString::fromUtf8(file.readAll()));
    }
  }
  return tree;
}

// Hidden libraries that a project header shows, through whatever it includes.
QSet<QString> shownBy(const QString& file, const QMap<QString, QStringList>& tree, QSet<QString>& visited) {
  QSet<QString> shown;
  if (visited.contains(file)) return shown;
  visited << file;
  for (const QString& include : tree.value(file)) {
    if (const Private* p = privateOf(include); p && kHidden.contains(p->name)) shown << p->name;
    for (const QString& path : {"core/" + include, include})
      if (tree.contains(path)) shown |= shownBy(path, tree, visited);
  }
  return shown;
}

}  // namespace

class TestArrows : public QObject {
  Q_OBJECT
  QMap<QString, QStringList> tree_;

 private slots:
  void initTestCase() {
    tree_ = readTree();
    QVERIFY(tree_.size() > 50);
  }

  // The checker itself: each forbidden arrow is seen, each drawn one is not.
  void knows_right_from_wrong_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("include");
    QTest::addColumn<bool>("wrong");
    const auto row = [](const char* file, const char* include, bool wrong) {
      QTest::newRow(qPrintable(QString("%1 -> %2").arg(file, include))) << file << include << wrong;
    };
    row("core/fed/x.cpp", "ledger/ledger.h", true);
    row("core/codec/x.cpp", "train/backend.h", true);
    row("core/net/x.cpp", "spec/scenario.h", true);
    row("core/base/x.h", "spec/scenario.h", true);
    row("core/adapter/x.h", "spec/scenario.h", true);
    row("core/train/x.cpp", "fed/strategy.h", true);
    row("core/node/x.cpp", "ui/link/core_link.h", true);
    row("ui/run/x.cpp", "ledger/ledger.h", true);
    row("ui/run/x.cpp", "node/run_executor.h", true);
    row("app/studio_main.cpp", "node/run_executor.h", true);
    row("app/core_main.cpp", "ui/shell/theme.h", true);
    row("core/unheard/x.cpp", "base/status.h", true);
    row("core/node/x.cpp", "torch/torch.h", true);
    row("core/data/x.cpp", "ATen/ATen.h", true);
    row("core/base/x.cpp", "QString", true);
    row("core/base/x.cpp", "QtCore/QString", true);
    row("app/core_main.cpp", "QCoreApplication", true);
    row("core/node/x.cpp", "sqlite3.h", true);
    row("ui/run/x.cpp", "wire/control.grpc.pb.h", true);
    row("ui/run/x.cpp", "grpcpp/grpcpp.h", true);
    row("ui/run/x.cpp", "qcustomplot.h", true);
    row("ui/run/x.cpp", "nlohmann/json.hpp", true);
    row("core/fed/x.cpp", "nlohmann/json.hpp", true);
    row("core/node/x.cpp", "train/backend.h", false);
    row("core/node/x.cpp", "grpcpp/grpcpp.h", false);
    row("core/train/x.cpp", "torch/torch.h", false);
    row("core/fed/x.cpp", "fed/strategy.h", false);
    row("core/fed/x.cpp", "adapter/adapter.h", false);
    row("ui/run/x.cpp", "wire/control.pb.h", false);
    row("ui/link/x.cpp", "wire/control.grpc.pb.h", false);
    row("ui/plot/x.h", "qcustomplot.h", false);
    row("ui/plot/x.h", "QWidget", false);
    row("app/core_main.cpp", "node/run_executor.h", false);
    row("core/base/x.cpp", "sys/stat.h", false);
    row("core/base/x.cpp", "queue", false);
  }
  void knows_right_from_wrong() {
    QFETCH(QString, file);
    QFETCH(QString, include);
    QFETCH(bool, wrong);
    QCOMPARE(!forbidden(file, include).isEmpty(), wrong);
  }

  void reads_includes() {
    QCOMPARE(includesOf("#include <a>\n  #  include \"b/c.h\" // why\n// #include <d>\n#pragma once\n"),
             (QStringList{"a", "b/c.h"}));
  }

  void every_include_follows_the_arrows() {
    QStringList wrong;
    for (auto it = tree_.cbegin(); it != tree_.cend(); ++it)
      for (const QString& include : it.value())
        if (const QString why = forbidden(it.key(), include); !why.isEmpty()) wrong << why;
    QVERIFY2(wrong.isEmpty(), qPrintable("\n" + wrong.join('\n')));
  }

  void hidden_libraries_do_not_leak_through_headers() {
    QStringList wrong;
    for (auto it = tree_.cbegin(); it != tree_.cend(); ++it)
      for (const QString& include : it.value()) {
        const QString header = "core/" + include;
        if (!tree_.contains(header) || roomOf(header) == roomOf(it.key())) continue;
        QSet<QString> visited;
        for (const QString& name : shownBy(header, tree_, visited))
          wrong << QString("%1 sees %2 through \"%3\"").arg(it.key(), name, include);
      }
    QVERIFY2(wrong.isEmpty(), qPrintable("\n" + wrong.join('\n')));
  }

  // qcustomplot.h needs Qt's keyword macros and torch breaks under them: no file may see both.
  void torch_and_plot_never_meet() {
    for (auto it = tree_.cbegin(); it != tree_.cend(); ++it) {
      QSet<QString> visited;
      const QSet<QString> shown = shownBy(it.key(), tree_, visited);
      QVERIFY2(!(shown.contains("LibTorch") && shown.contains("QCustomPlot")), qPrintable(it.key()));
    }
  }
};

QTEST_GUILESS_MAIN(TestArrows)
#include "tst_arrows.moc"
