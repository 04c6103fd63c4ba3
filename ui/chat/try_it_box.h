// TryItBox: one prompt, three answers: the base model, one client's own adapter, the global adapter at a round chosen by a
// slider. Prompts come from the run's own data, with slots. Answers are written while they come and are kept, so that the
// slider can go back at once; a new question of a column stops the one before. Ctrl+Enter asks, Esc stops. Objects: tryit.*.
#pragma once

#include <QHash>
#include <QTimer>
#include <QWidget>
#include <array>
#include <functional>

#include "base/status.h"
#include "ui/chat/try_prompts.h"
#include "wire/control.pb.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QShortcut;
class QSlider;

namespace fedllm::ui {

class AnswerCard;
class ChipRow;
class SettingsButton;
class Theme;

class TryItBox : public QWidget {
  Q_OBJECT
 public:
  using TakePart = std::function<void(const wire::TryPart&)>;
  using TakeReply = std::function<void(Result<wire::TryReply>)>;
  // The calls to the core; parts and answers come later on the GUI thread, none once the call of that token was cancelled.
  struct Core {
    std::function<quint64(const wire::TryRequest&, TakePart, TakeReply)> ask;
    std::function<void(quint64 call)> cancel;
    std::function<void(const QString& run, std::function<void(Result<wire::TryItemsReply>)>)> items;
  };
  TryItBox(Core core, Theme* theme, QWidget* parent = nullptr);
  QSize minimumSizeHint() const override { return {360, 150}; }
  void setRun(const QString& run, const QStringList& clients);
  void setClient(int client);          // -1 keeps the one chosen
  void setRound(int round);            // the slider, to the newest adapter not after it; -1 keeps it
  void reload();                       // new rounds may be there
  void ask();
  void stop();                         // every answer under way
  int round() const;                   // of the slider, -1: none yet

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  enum Column { Base, Client, Global, Columns };
  struct Question { QString prompt, expected; int round = -1, client = -1; };
  struct Slot { bool busy = false; quint64 call = 0, generation = 0; QString key; };   // `key`: of what is asked

  QWidget* buildPromptRow();
  QWidget* buildRoundPart();
  void connectKeys();
  void release(Column column);
  void updateBusy();
  QString keyOf(const Question& question) const;
  QWidget* buildChoiceRow();
  void fillItems(const wire::TryItemsReply& reply);
  void chooseTemplate(int index);
  void chooseSlot(int index);
  void askColumn(Column column);
  void send(Column column, const Question& question);
  void arrived(Column column, const Question& question, quint64 generation, const Result<wire::TryReply>& reply);
  Question question(Column column) const;
  int clientRound() const;
  QString stamp(const Question& question, Column column) const;
  void updateTitles();

  Core core_;
  Theme* theme_;
  QString run_;
  QStringList clients_;
  std::vector<PromptTemplate> templates_;
  std::vector<int> rounds_, clientRounds_;
  int template_ = -1;
  bool needsItems_ = false;
  QLabel *hint_, *roundLabel_;
  ChipRow* chips_;
  QComboBox *slot_, *client_;
  QLineEdit* prompt_;
  QPushButton *ask_, *stop_;
  QShortcut* escape_;
  SettingsButton* settings_;
  QSlider* round_;
  std::array<AnswerCard*, Columns> cards_{};
  std::array<Slot, Columns> slots_{};
  QHash<QString, wire::TryReply> answers_;
  QTimer sliderRest_;
};

}  // namespace fedllm::ui
