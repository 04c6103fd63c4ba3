#include "net/avahi_session.h"

#include <avahi-common/error.h>

#include <chrono>

namespace fedllm::net {
namespace {

constexpr int kTurnMs = 100;  // how soon the end is seen
constexpr auto kRetry = std::chrono::seconds(2);

std::string sentence_of(int error) {
  if (error == AVAHI_ERR_NO_DAEMON || error == AVAHI_ERR_DBUS_ERROR || error == AVAHI_ERR_DISCONNECTED)
    return "rooms nearby cannot be found: no Avahi daemon runs on this machine";
  return std::string("rooms nearby cannot be found: ") + avahi_strerror(error);
}

}  // namespace

void AvahiSession::begin() {
  thread_ = std::thread([this] { loop(); });
}

void AvahiSession::end() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void AvahiSession::loop() {
  auto next_try = std::chrono::steady_clock::now();
  while (!stop_) {
    if (!client_ && std::chrono::steady_clock::now() >= next_try) {
      connect();
      next_try = std::chrono::steady_clock::now() + kRetry;
    }
    if (!client_)
      std::this_thread::sleep_for(std::chrono::milliseconds(kTurnMs));
    else if (avahi_simple_poll_iterate(poll_.get(), kTurnMs) != 0)
      failed_ = true;
    if (failed_) disconnect();
    idle();
  }
  disconnect();
}

void AvahiSession::connect() {
  poll_.reset(avahi_simple_poll_new());
  if (!poll_) return problem("rooms nearby cannot be found: out of memory");
  int error = 0;
  failed_ = false;
  client_ = avahi_client_new(avahi_simple_poll_get(poll_.get()), AVAHI_CLIENT_NO_FAIL, on_state, this, &error);
  if (!client_) problem(sentence_of(error));
}

void AvahiSession::disconnect() {
  failed_ = false;
  if (!client_) return;
  gone();
  avahi_client_free(client_);
  client_ = nullptr;
}

void AvahiSession::on_state(AvahiClient* client, AvahiClientState state, void* self) {
  auto* session = static_cast<AvahiSession*>(self);
  switch (state) {
    case AVAHI_CLIENT_S_RUNNING:
      session->running(client);
      break;
    case AVAHI_CLIENT_CONNECTING:
      session->problem(sentence_of(AVAHI_ERR_NO_DAEMON));
      break;
    case AVAHI_CLIENT_FAILURE:
      session->failed_ = true;
      session->problem(sentence_of(avahi_client_errno(client)));
      break;
    case AVAHI_CLIENT_S_COLLISION:
    case AVAHI_CLIENT_S_REGISTERING:
      session->gone();
      break;  // the host's own name changes: all is announced again
  }
}

}  // namespace fedllm::net
