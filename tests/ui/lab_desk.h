// LabDesk: the window with its Lab page against a scripted core, for the Lab's tests. With FEDLLM_PICTURES=DIR a picture of
// what is shown is drawn into DIR (FEDLLM_PICTURES_THEME, _LANGUAGE, _SIZE say how).
#pragma once

#include <QtTest>
#include <QtWidgets>

#include "support/fake_core.h"
#include "support/fake_lab.h"
#include "ui/lab_pictures.h"
#include "ui/lab/asking_cards.h"
#include "ui/lab/host_view.h"
#include "ui/lab/member_view.h"
#include "ui/lab/projector.h"
#include "ui/lab/qr_view.h"
#include "ui/lab/slot_strip.h"
#include "ui/lab/stepper.h"
#include "ui/link/core_link.h"
#include "ui/model/run_record.h"
#include "ui/model/run_session.h"
#include "ui/shell/main_window.h"

namespace fedllm::ui {

inline constexpr const char* kRun = "20261122-120011-fake";

inline QString asked(const char* variable, const char* otherwise) { return qEnvironmentVariable(variable, QString::fromLatin1(otherwise)); }

struct LabDesk {
  QTemporaryDir home;
  test::FakeLab lab;
  test::FakeCore core;
  std::unique_ptr<MainWindow> window;

  explicit LabDesk(std::function<void(test::FakeLab&)> prepare = {}) {
    if (prepare) prepare(lab);
    wire::RunInfo info;
    info.set_run(kRun);
    info.set_name("Front desk");
    info.set_state("running");
    info.set_rounds(5);
    core.addRun(info, test::story(4, 5, 3, 2));
    core.serveAlso(lab.service());
    core.start();
    HomePaths paths;
    paths.home = paths.ledger_dir = home.path().toStdString();
    paths.socket = core.socket();
    StudioOptions options;
    options.theme = asked("FEDLLM_PICTURES_THEME", "light").toStdString();
    options.language = asked("FEDLLM_PICTURES_LANGUAGE", "en").toStdString();
    options.page = "lab";
    const QStringList size = asked("FEDLLM_PICTURES_SIZE", "1024x700").split('x');
    options.width = size[0].toInt();
    options.height = size[1].toInt();
    window = std::make_unique<MainWindow>(paths, options, [] {});
    window->setUnattended();
    window->show();
    (void)QTest::qWaitForWindowExposed(window.get());
    window->activateWindow();
    window->showPage("lab");
  }

  Page* page() { return window->page("lab"); }
  QTabBar* tabs() { return page()->findChild<QTabBar*>("tabs.lab"); }
  QWidget* view() { return page()->findChild<QStackedWidget*>(QString(), Qt::FindDirectChildrenOnly)->currentWidget(); }
  // In the view that is shown.
  template <class T>
  T* find(const char* name) {
    for (T* one : view()->findChildren<T*>(name))
      if (one->isVisible()) return one;
    return view()->findChild<T*>(name);
  }
  bool shows(const char* name) {
    for (auto* one : view()->findChildren<QWidget*>(name))
      if (one->isVisible()) return true;
    return false;
  }
  QString text(const char* name) {
    auto* label = find<QLabel>(name);
    return label ? label->text() : QString();
  }
  bool isHosting() { return qobject_cast<HostView*>(view()); }
  bool isMember() { return qobject_cast<MemberView*>(view()); }
  void settle() { QTest::qWait(350); }
  void picture(const QString& name, QWidget* what = nullptr) { takePicture(name, what ? what : window.get()); }
};

// What no label and no button may do: show less than they say.
inline QStringList cutTexts(QWidget* page) {
  QStringList cut;
  for (auto* button : page->findChildren<QAbstractButton*>())
    if (button->isVisible() && !button->text().isEmpty() && button->width() < button->minimumSizeHint().width()) cut << button->text();
  for (auto* label : page->findChildren<QLabel*>())
    if (label->isVisible() && !label->wordWrap() && label->pixmap().isNull() && label->width() < label->minimumSizeHint().width()) cut << label->text();
  for (auto* label : page->findChildren<QLabel*>())
    if (label->isVisible() && label->wordWrap() && label->height() < label->heightForWidth(label->width())) cut << label->text();
  return cut;
}

inline QAbstractButton* buttonOf(QMessageBox* box, const QString& text) {
  for (auto* button : box->buttons())
    if (button->text().remove('&') == text) return button;
  return nullptr;
}

inline bool isPressedByEnter(QPushButton* button) { return button->isDefault(); }

inline void drop(QWidget* page, const QList<QUrl>& urls, const QString& text = {}) {
  QMimeData mime;
  if (!urls.isEmpty()) mime.setUrls(urls);
  if (!text.isEmpty()) mime.setText(text);
  QDragEnterEvent enter(QPoint(50, 50), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
  QCoreApplication::sendEvent(page, &enter);
  QDropEvent event(QPointF(50, 50), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
  if (enter.isAccepted()) QCoreApplication::sendEvent(page, &event);
}

}  // namespace fedllm::ui
