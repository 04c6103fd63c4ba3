#include "ui/plot/plot_view.h"

#include <qcustomplot.h>

#include <QAccessible>
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QElapsedTimer>
#include <QFileDialog>
#include <QMenu>
#include <QMessageBox>
#include <QPainter>
#include <QSaveFile>
#include <QTimer>
#include <QVBoxLayout>
#include <cmath>
#include <utility>

#include "ui/plot/picture_frame.h"
#include "ui/plot/plot_canvas.h"
#include "ui/plot/plot_parts.h"
#include "ui/plot/refresh_governor.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr int kVertices = 600, kExportVertices = 4000, kDescribeMs = 1000, kHoverMs = 33, kClickPixels = 4, kGrabPixels = 5;
constexpr double kZoomStep = 1.5;

}  // namespace

class PlotView::Impl {
 public:
  Impl(PlotView* view, Theme* theme, Source source) : theme_(theme), source_(std::move(source)), canvas_(view, theme) {}
  void refeed(int vertices) { canvas_.feed(source_(canvas_.window(vertices))); }
  void drawCursor() { canvas_.drawCursor(cursor_, cursor_ && readout_ ? readout_(*cursor_) : QString()); }
  // Pressed on the cursor line: it moves with the pointer, and the range stays.
  void grabCursor(int pixel) {
    dragging_ = cursor_ && std::abs(canvas_.plot()->xAxis->coordToPixel(*cursor_) - pixel) <= kGrabPixels;
    canvas_.plot()->setInteraction(QCP::iRangeDrag, !dragging_);
  }

  Theme* theme_;
  Source source_;
  PlotCanvas canvas_;
  Refresher* refresher_ = nullptr;
  std::function<QString()> describe_;
  std::function<QByteArray()> csv_;
  QString fileName_ = QStringLiteral("plot");
  std::function<QString(double)> readout_;
  std::optional<double> cursor_;
  bool dragging_ = false;
  QPoint pressed_;
  QElapsedTimer sinceHover_;
  QTimer description_;                 // running: described less than a second ago
  bool describeAgain_ = false;
  double replotMs_ = 0;
};

PlotView::PlotView(Theme* theme, Source source, QWidget* parent)
    : QWidget(parent), impl_(std::make_unique<Impl>(this, theme, std::move(source))) {
  setFocusPolicy(Qt::StrongFocus);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(2, 2, 2, 2);              // room for the focus ring
  QCustomPlot* plot = impl_->canvas_.plot();
  layout->addWidget(plot);
  impl_->refresher_ = new Refresher(this, [this] { redraw(); });
  connect(theme, &Theme::changed, this, [this] {
    impl_->canvas_.restyle();
    mark();
  });
  impl_->description_.setSingleShot(true);
  impl_->description_.setInterval(kDescribeMs);
  connect(&impl_->description_, &QTimer::timeout, this, [this] {
    if (impl_->describeAgain_) describe();
  });
  listenToMouse();
}

void PlotView::listenToMouse() {
  QCustomPlot* plot = impl_->canvas_.plot();
  connect(plot, &QCustomPlot::mouseWheel, this, [this] { QTimer::singleShot(0, this, [this] { zoom(1); }); });
  connect(plot, &QCustomPlot::mouseDoubleClick, this, [this] { fit(); });
  connect(plot, &QCustomPlot::mousePress, this, [this](QMouseEvent* event) {
    setFocus(Qt::MouseFocusReason);
    impl_->pressed_ = event->pos();
    if (event->button() == Qt::LeftButton) impl_->grabCursor(event->pos().x());
  });
  connect(plot, &QCustomPlot::mouseRelease, this, [this](QMouseEvent* event) {
    const bool dragged = std::exchange(impl_->dragging_, false);
    impl_->canvas_.plot()->setInteraction(QCP::iRangeDrag, true);
    if (dragged || event->button() != Qt::LeftButton || (event->pos() - impl_->pressed_).manhattanLength() > kClickPixels) return;
    const int line = impl_->canvas_.nearestLine(event->pos());
    emit picked(impl_->canvas_.xAt(event->pos().x()), line < 0 ? -1 : impl_->canvas_.content().lines[line].client);
  });
  connect(plot, &QCustomPlot::mouseMove, this, [this](QMouseEvent* event) {
    if (impl_->dragging_) return emit picked(impl_->canvas_.xAt(event->pos().x()), -1);
    if (event->buttons() & Qt::LeftButton) return zoom(1);
    if (impl_->sinceHover_.isValid() && impl_->sinceHover_.elapsed() < kHoverMs) return;
    impl_->sinceHover_.start();
    impl_->canvas_.drawHover(event->pos());
  });
}

PlotView::~PlotView() = default;

void PlotView::mark() { impl_->refresher_->mark(); }

void PlotView::redraw() {
  const double before = RefreshGovernor::threadCpuMs();
  impl_->refeed(kVertices);
  impl_->canvas_.replot();
  if (impl_->cursor_) impl_->drawCursor();
  impl_->replotMs_ = RefreshGovernor::threadCpuMs() - before;
  describe();
}

// At most once a second, and the last change is never left out.
void PlotView::describe() {
  impl_->describeAgain_ = impl_->description_.isActive();
  if (!impl_->describe_ || impl_->describeAgain_) return;
  impl_->description_.start();
  setAccessibleDescription(impl_->describe_());
}

void PlotView::setDescriber(std::function<QString()> describe) { impl_->describe_ = std::move(describe); }
void PlotView::setCsv(std::function<QByteArray()> csv) { impl_->csv_ = std::move(csv); }
void PlotView::setReadout(std::function<QString(double)> readout) { impl_->readout_ = std::move(readout); }
void PlotView::setFileName(const QString& stem) { impl_->fileName_ = stem; }

void PlotView::setCursor(std::optional<double> x) {
  if (x == impl_->cursor_) return;
  impl_->cursor_ = x;
  impl_->drawCursor();
  if (!hasFocus() || !x || !impl_->readout_) return;
  QAccessibleValueChangeEvent event(this, impl_->readout_(*x));
  QAccessible::updateAccessibility(&event);
}

void PlotView::fit() {
  impl_->canvas_.fit();
  impl_->refresher_->governor()->interacted();
  mark();
}

// Factor 1 only takes note of a range that the pointer changed.
void PlotView::zoom(double factor) {
  if (factor == 1) impl_->canvas_.userMoved();
  else impl_->canvas_.zoom(factor, impl_->cursor_.value_or(impl_->canvas_.plot()->xAxis->range().center()));
  impl_->refresher_->governor()->interacted();
  mark();
}

bool PlotView::isFitted() const { return impl_->canvas_.fitted(); }
const Refresher* PlotView::refresher() const { return impl_->refresher_; }
int PlotView::largestGraph() const { return impl_->canvas_.largestGraph(); }
double PlotView::lastReplotCpuMs() const { return impl_->replotMs_; }
QString PlotView::yTitle() const { return impl_->canvas_.content().yTitle; }

bool PlotView::savePng(const QString& path) {
  impl_->refeed(kExportVertices);
  const bool saved = exportPng(impl_->canvas_.plot(), path);
  redraw();
  return saved;
}

bool PlotView::saveSvg(const QString& path) {
  impl_->refeed(kExportVertices);
  const bool saved = exportSvg(impl_->canvas_.plot(), path, accessibleName());
  redraw();
  return saved;
}

bool PlotView::saveCsv(const QString& path) {
  QSaveFile file(path);
  return impl_->csv_ && file.open(QIODevice::WriteOnly) && file.write(impl_->csv_()) >= 0 && file.commit();
}

void PlotView::copyImage() { QApplication::clipboard()->setPixmap(impl_->canvas_.plot()->grab()); }

void PlotView::keyPressEvent(QKeyEvent* event) {
  const bool shift = event->modifiers() & Qt::ShiftModifier, control = event->modifiers() & Qt::ControlModifier;
  impl_->refresher_->governor()->interacted();
  if (control) {
    if (event->key() == Qt::Key_C && shift) {
      if (impl_->csv_) QApplication::clipboard()->setText(QString::fromUtf8(impl_->csv_()));
      return emit command(PlotCommand::CopyData);
    }
    if (event->key() == Qt::Key_C) return copyImage();
    if (event->key() == Qt::Key_T) return emit command(PlotCommand::Table);
    return QWidget::keyPressEvent(event);
  }
  switch (event->key()) {
    case Qt::Key_Left: return emit command(shift ? PlotCommand::TenBack : PlotCommand::PreviousRound);
    case Qt::Key_Right: return emit command(shift ? PlotCommand::TenForward : PlotCommand::NextRound);
    case Qt::Key_Up: return emit command(PlotCommand::PreviousClient);
    case Qt::Key_Down: return emit command(PlotCommand::NextClient);
    case Qt::Key_Home: return emit command(PlotCommand::FirstRound);
    case Qt::Key_End: return emit command(PlotCommand::LastRound);
    case Qt::Key_Escape: return emit command(PlotCommand::Live);
    case Qt::Key_S: return emit command(PlotCommand::Solo);
    case Qt::Key_H: return emit command(PlotCommand::Hide);
    case Qt::Key_B: return emit command(PlotCommand::Band);
    case Qt::Key_L: return emit command(PlotCommand::Logarithmic);
    case Qt::Key_M: return emit command(PlotCommand::Smoothing);
    case Qt::Key_R: return emit command(PlotCommand::References);
    case Qt::Key_Plus: case Qt::Key_Equal: return zoom(kZoomStep);
    case Qt::Key_Minus: return zoom(1 / kZoomStep);
    case Qt::Key_0: case Qt::Key_F: return fit();
    default: QWidget::keyPressEvent(event);
  }
}

void PlotView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), impl_->theme_->surface());
  drawFrame(painter, rect(), *impl_->theme_, hasFocus());
}

void PlotView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  if (impl_->refresher_->count() > 0) mark();          // end labels and the cursor text stand at pixels
}

void PlotView::focusInEvent(QFocusEvent*) { update(); }
void PlotView::focusOutEvent(QFocusEvent*) { update(); }

void PlotView::changeEvent(QEvent* event) {
  if (event->type() == QEvent::FontChange || event->type() == QEvent::LanguageChange) {
    impl_->canvas_.restyle();
    mark();
  }
  QWidget::changeEvent(event);
}

void PlotView::leaveEvent(QEvent* event) {
  impl_->canvas_.drawHover({});
  QWidget::leaveEvent(event);
}

void PlotView::contextMenuEvent(QContextMenuEvent* event) {
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->addAction(tr("Show as table"), this, [this] { emit command(PlotCommand::Table); });
  menu->addAction(tr("Fit"), this, &PlotView::fit);
  menu->addSeparator();
  menu->addAction(tr("Copy image"), this, &PlotView::copyImage);
  menu->addAction(tr("Save as PNG…"), this, [this] { save(tr("Save picture"), QStringLiteral(".png"), &PlotView::savePng); });
  menu->addAction(tr("Save as SVG…"), this, [this] { save(tr("Save picture"), QStringLiteral(".svg"), &PlotView::saveSvg); });
  menu->addAction(tr("Save data as CSV…"), this, [this] { save(tr("Save data"), QStringLiteral(".csv"), &PlotView::saveCsv); })
      ->setEnabled(bool(impl_->csv_));
  menu->popup(event->globalPos());
}

// Asks where to, and says so where nothing could be written.
void PlotView::save(const QString& title, const QString& suffix, bool (PlotView::*write)(const QString&)) {
  auto* dialog = new QFileDialog(this, title, impl_->fileName_ + suffix, QStringLiteral("*%1").arg(suffix));
  dialog->setObjectName(QStringLiteral("dialog.save"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setDefaultSuffix(suffix.mid(1));
  connect(dialog, &QFileDialog::fileSelected, this, [this, title, write](const QString& path) {
    if ((this->*write)(path)) return;
    auto* box = new QMessageBox(QMessageBox::Warning, title, tr("The file %1 could not be written.").arg(path), QMessageBox::Close, this);
    box->setObjectName(QStringLiteral("dialog.unsaved"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
  });
  dialog->open();
}

}  // namespace fedllm::ui
