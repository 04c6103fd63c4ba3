// ShellMenus: the window's menu bar and shortcuts. Built again after a change of language. Every action has an objectName
// ("action.save"), a shortcut that the shortcut sheet lists, and says in its tool tip why it is disabled. GUI thread.
#pragma once

#include <QHash>
#include <QObject>

class QAction;
class QMenu;

namespace fedllm::ui {

class MainWindow;

class ShellMenus : public QObject {
  Q_OBJECT
 public:
  explicit ShellMenus(MainWindow* window);
  ~ShellMenus() override;
  void refresh();                            // enabled states and texts after a change of run or document
  QAction* action(const QString& name) const { return actions_.value(name); }
  void showShortcuts();

 private:
  // Without a menu: a key only, for the window and the shortcut sheet.
  QAction* add(QMenu* menu, const QString& name, const QString& text, const QList<QKeySequence>& keys, std::function<void()> run);
  QMenu* addMenu(const QString& title);
  void buildFile();
  void buildEdit();
  void buildView();
  void buildRun();
  void buildHelp();
  void fillRecent(QMenu* menu);

  MainWindow* window_;
  QHash<QString, QAction*> actions_;
  QList<QAction*> order_;
  QList<QMenu*> menus_;
};

}  // namespace fedllm::ui
