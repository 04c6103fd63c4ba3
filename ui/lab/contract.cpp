#include "ui/lab/contract.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocale>

#include "ui/lab/lab_text.h"
#include "ui/run/run_text.h"

namespace fedllm::ui {
namespace {

struct Words { Q_DECLARE_TR_FUNCTIONS(DataContract) };

constexpr int kMostFields = 64, kMostLabels = 1000, kLabelsShown = 8;

QStringList texts(const QJsonValue& value, int most) {
  QStringList list;
  for (const QJsonValue& one : value.toArray())
    if (one.isString() && list.size() < most) list << lab_text::from(one.toString().toStdString());
  return list;
}

}  // namespace

DataContract DataContract::read(const std::string& json) {
  const QJsonObject object = QJsonDocument::fromJson(QByteArray::fromStdString(json)).object();
  DataContract contract;
  contract.fields = texts(object[QLatin1String("fields")], kMostFields);
  contract.label = lab_text::from(object[QLatin1String("label")].toString().toStdString());
  contract.labels = texts(object[QLatin1String("labels")], kMostLabels);
  contract.maxLength = object[QLatin1String("max_length")].toInt();
  contract.testFraction = object[QLatin1String("test_fraction")].toDouble();
  return contract;
}

QStringList DataContract::wanted() const {
  QStringList all = fields;
  if (!label.isEmpty() && !all.contains(label)) all << label;
  return all;
}

QString DataContract::sentence() const {
  QStringList parts;
  parts << (fields.isEmpty() ? Words::tr("any text") : Words::tr("the fields %1").arg(fields.join(QStringLiteral(", "))));
  if (!label.isEmpty()) {
    QStringList shown = labels.mid(0, kLabelsShown);
    if (labels.size() > shown.size()) shown << QStringLiteral("…");
    parts << (shown.isEmpty() ? Words::tr("the label %1").arg(label) : Words::tr("the label %1 (%2)").arg(label, shown.join(QStringLiteral(", "))));
  }
  if (maxLength > 0) parts << Words::tr("at most %n token(s) a record", nullptr, maxLength);
  if (testFraction > 0) parts << Words::tr("%1 held out for measuring").arg(run_text::percent(testFraction));
  return Words::tr("This room expects %1.").arg(parts.join(QStringLiteral("; ")));
}

}  // namespace fedllm::ui
