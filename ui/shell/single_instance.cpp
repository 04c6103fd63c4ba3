#include "ui/shell/single_instance.h"

#include <QFileInfo>
#include <QLocalServer>
#include <QLocalSocket>

namespace fedllm::ui {
namespace {
constexpr int kTimeoutMs = 500;
}

SingleInstance::SingleInstance(const HomePaths& paths)
    : name_(QString::fromStdString(paths.socket) + QStringLiteral(".window")), server_(new QLocalServer(this)) {
  connect(server_, &QLocalServer::newConnection, this, &SingleInstance::answer);
}

// Runs before the window exists, so that waiting here holds nothing up.
bool SingleInstance::handedOver(const QString& file) {
  QLocalSocket socket;
  socket.connectToServer(name_);
  if (socket.waitForConnected(kTimeoutMs)) {
    const QString path = file.isEmpty() || file.startsWith(QLatin1String("builtin:")) ? file : QFileInfo(file).absoluteFilePath();
    socket.write(path.toUtf8() + '\n');
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
    const QString file = QString::fromUtf8(socket->readLine()).trimmed();
    socket->write("ok\n");
    socket->disconnectFromServer();
    emit asked(file);
  });
}

}  // namespace fedllm::ui
