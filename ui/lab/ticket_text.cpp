#include "ui/lab/ticket_text.h"

#include <QFile>
#include <QRegularExpression>

namespace fedllm::ui {
namespace {

constexpr qint64 kLargestFile = 4096;          // bytes; a ticket has a few hundred
constexpr int kShortestTicket = 40;

QString withoutSpace(QString text) {
  static const QRegularExpression space(QStringLiteral("\\s+"));
  return text.remove(space);
}

}  // namespace

JoinText readJoinText(const QString& typed) {
  static const QRegularExpression ticket(QStringLiteral("^fedllm1[A-Za-z0-9_-]*$"));
  static const QRegularExpression address(QStringLiteral("^(\\[[0-9A-Fa-f:.%a-z]+\\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?$"));
  static const QRegularExpression looksLikeHost(QStringLiteral("[.:\\]]"));
  const QString text = withoutSpace(typed);
  if (text.isEmpty()) return {};
  if (ticket.match(text).hasMatch()) return {JoinText::Kind::Ticket, text};
  const bool host = address.match(text).hasMatch() && looksLikeHost.match(text).hasMatch() && typed.trimmed().size() == text.size();
  return {host ? JoinText::Kind::Address : JoinText::Kind::Nonsense, text};
}

QString ticketInFile(const QString& path) {
  QFile file(path);
  if (file.size() > kLargestFile || !file.open(QIODevice::ReadOnly)) return {};
  const QString text = QString::fromUtf8(file.read(kLargestFile));
  if (readJoinText(text).kind == JoinText::Kind::Ticket) return readJoinText(text).text;
  static const QRegularExpression within(QStringLiteral("\\bfedllm1[A-Za-z0-9_-]+"));
  const QString found = within.match(text).captured();
  return found.size() >= kShortestTicket ? found : QString();
}

}  // namespace fedllm::ui
