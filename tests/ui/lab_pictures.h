// Pictures of what the Lab's tests show: with FEDLLM_PICTURES=DIR they are drawn into DIR, else nothing happens.
#pragma once

#include <QDir>
#include <QTest>
#include <QWidget>

namespace fedllm::ui {

inline void takePicture(const QString& name, QWidget* of) {
  const QString folder = qEnvironmentVariable("FEDLLM_PICTURES");
  if (folder.isEmpty()) return;
  QTest::qWait(400);
  QDir().mkpath(folder);
  QVERIFY(of->grab().save(folder + "/" + name + ".png"));
}

}  // namespace fedllm::ui
