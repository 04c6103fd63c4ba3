#include "ui/shell/single_instance.h"

#include <QFileInfo>
#include <QLocalServer>
#include <QLocalSocket>
#include <QUrl>

namespace fedllm::ui {
namespace {
constexpr int kTimeoutMs = 500;
}

SingleInstance::SingleInstance(const HomePaths& paths)
    : name_(QString::fromStdString(paths.socket) + QStringLiteral(".window")), server_(new QLocalServer(this)) {
  connect(server_, &QLocalServer::newConnection, this, &SingleInstance::answer);
}

// Runs before the window exists, so that waiting here holds nothing up.
bool SingleInstance::handedOver(const QString& file, const QString& run) {
  QLocalSocket socket;
  socket.connectToServer(name_);
  if (socket.waitForConnected(kTimeoutMs)) {
    const QString path = file.isEmpty() || file.startsWith(QLatin1String("builtin:")) ? file : QFileInfo(file).absoluteFilePath();
    socket.write(QUrl::toPercentEncoding(path) + ' ' + QUrl::toPercentEncoding(run) + '\n');
    socket.waitForBytesWritten(kTimeoutMs);
    return socket.waitForReadyRead(kTimeoutMs);   // the other one says so; a hung one does not
  }
  QLocalServer::removeServer(name_);
  server_->setSocketOptions(QLocalServer::UserAccessOption);
  server_->listen(name_);
  return false;
}

void SingleInstance::answer() {
  QLocalSocket* socket = server_->nextPendingConnection();
  connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
  connect(socket, &QLocalSocket::readyRead, this, [this, socket] {
    if (!socket->canReadLine()) return;
    const QList<QByteArray> words = socket->readLine().chopped(1).split(' ');
    const auto word = [&words](int i) { return QUrl::fromPercentEncoding(words.value(i)); };
    socket->write("ok\n");
    socket->disconnectFromServer();
    emit asked(word(0), word(1));
  });
}

}  // namespace fedllm::ui
