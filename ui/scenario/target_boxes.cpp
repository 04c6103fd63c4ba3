#include "ui/scenario/target_boxes.h"

#include <QCheckBox>
#include <QGridLayout>
#include <QSignalBlocker>

namespace fedllm::ui {
namespace {

const QStringList& usualModules() {
  static const QStringList list{QStringLiteral("q_proj"),   QStringLiteral("k_proj"),    QStringLiteral("v_proj"),
                                QStringLiteral("o_proj"),   QStringLiteral("gate_proj"), QStringLiteral("up_proj"),
                                QStringLiteral("down_proj")};
  return list;
}

}  // namespace

TargetBoxes::TargetBoxes(QWidget* parent) : QWidget(parent), grid_(new QGridLayout(this)) {
  grid_->setContentsMargins(0, 0, 0, 0);
  grid_->setVerticalSpacing(2);
}

void TargetBoxes::show(const QStringList& modules, const std::vector<std::string>& chosen) {
  QStringList wanted = modules.isEmpty() ? usualModules() : modules, ticked;
  for (const auto& name : chosen) {
    ticked << QString::fromStdString(name);
    if (!wanted.contains(ticked.back())) wanted << ticked.back();
  }
  if (wanted != names_) {
    names_ = wanted;
    for (auto* old : findChildren<QCheckBox*>()) {   // later: one of them may be what was just clicked
      old->setObjectName({});
      old->hide();
      grid_->removeWidget(old);
      old->deleteLater();
    }
    for (int i = 0; i < names_.size(); ++i) {
      auto* box = new QCheckBox(names_[i]);
      box->setObjectName(QStringLiteral("target.") + names_[i]);
      box->setWhatsThis(tr("Adapt the layers named %1").arg(names_[i]));
      connect(box, &QCheckBox::toggled, this, [this, name = names_[i]](bool on) { emit toggled(name, on); });
      grid_->addWidget(box, i / 2, i % 2);
    }
    if (!names_.isEmpty()) setFocusProxy(findChild<QCheckBox*>(QStringLiteral("target.") + names_[0]));
  }
  for (auto* box : findChildren<QCheckBox*>()) {
    const QSignalBlocker quiet(box);
    box->setChecked(ticked.contains(box->text()));
  }
}

}  // namespace fedllm::ui
