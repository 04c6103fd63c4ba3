#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

#include "net/certificate.h"
#include "net/connect.h"
#include "net/tls.h"

namespace fedllm::net {
namespace {

constexpr const char* kWhere = "net.fetch_authority";
constexpr size_t kMaxReceived = 256 * 1024;  // of a handshake
constexpr auto kHeadStart = std::chrono::milliseconds(200);

Status not_ours(const std::string& why) { return {Code::unauthenticated, why, kWhere}; }

// Over memory, since OpenSSL's own sockets raise SIGPIPE.
class Handshake {
 public:
  Handshake(Socket socket, Deadline deadline, const StopFlag& stop)
      : socket_(std::move(socket)), deadline_(deadline), stop_(stop) {}

  Status run() {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    if (!context_ || SSL_CTX_set_min_proto_version(context_.get(), TLS1_3_VERSION) != 1) return broken();
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_NONE, nullptr);  // the pin decides, afterwards
    ssl_.reset(SSL_new(context_.get()));
    if (!ssl_) return broken();
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    static const unsigned char kH2[] = {2, 'h', '2'};
    SSL_set_alpn_protos(ssl_.get(), kH2, sizeof kH2);
    SSL_set_tlsext_host_name(ssl_.get(), kRoomHost);
    for (;;) {
      const int done = SSL_connect(ssl_.get());
      const int error = SSL_get_error(ssl_.get(), done);
      const Status sent = send_pending();
      if (done == 1) return {};
      if (error != SSL_ERROR_WANT_READ)
        return not_ours("something answers that does not speak TLS 1.3 as a room does (" + last_openssl_error() + ")");
      FEDLLM_RETURN_IF_ERROR(sent);
      FEDLLM_RETURN_IF_ERROR(receive());
    }
  }
  STACK_OF(X509) * chain() const { return SSL_get_peer_cert_chain(ssl_.get()); }
  void say_goodbye() {
    SSL_shutdown(ssl_.get());
    (void)send_pending();
  }

 private:
  static Status broken() { return internal_error("TLS cannot be used: " + last_openssl_error(), kWhere); }

  Status send_pending() {
    char* data = nullptr;
    size_t size = static_cast<size_t>(BIO_get_mem_data(SSL_get_wbio(ssl_.get()), &data));
    while (size > 0) {
      const ssize_t n = ::send(socket_.get(), data, size, MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno != EAGAIN) return unavailable(std::strerror(errno), kWhere);
      if (n < 0) {
        FEDLLM_RETURN_IF_ERROR(wait_for(socket_, POLLOUT, deadline_, stop_));
        continue;
      }
      data += n;
      size -= static_cast<size_t>(n);
    }
    (void)BIO_reset(SSL_get_wbio(ssl_.get()));
    return {};
  }
  Status receive() {
    FEDLLM_RETURN_IF_ERROR(wait_for(socket_, POLLIN, deadline_, stop_));
    char buffer[16384];
    const ssize_t n = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return {};
    if (n < 0) return unavailable(std::strerror(errno), kWhere);
    if (n == 0) return unavailable("the connection was closed", kWhere);
    if ((received_ += static_cast<size_t>(n)) > kMaxReceived) return not_ours("something answers that sends without end");
    BIO_write(SSL_get_rbio(ssl_.get()), buffer, static_cast<int>(n));
    return {};
  }

  Socket socket_;
  Deadline deadline_;
  const StopFlag& stop_;
  SslContextPtr context_;
  SslPtr ssl_;
  size_t received_ = 0;
};

Status check_times(X509* certificate) {
  const char* wrong = X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0  ? "is valid only later"
                      : X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0 ? "has expired"
                                                                                   : nullptr;
  if (!wrong) return {};
  return failed_precondition("the room's certificate " + std::string(wrong) + " by this machine's clock; set the clock right",
                             kWhere);
}

// The leaf must come from the pinned authority alone, for a room's server.
Status check_leaf(X509* leaf, X509* authority) {
  const StorePtr store(X509_STORE_new());
  const StoreContextPtr context(X509_STORE_CTX_new());
  if (!store || !context || X509_STORE_add_cert(store.get(), authority) != 1 ||
      X509_STORE_CTX_init(context.get(), store.get(), leaf, nullptr) != 1)
    return internal_error("a certificate cannot be checked: " + last_openssl_error(), kWhere);
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set1_host(rules, kRoomHost, 0);
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_NO_CHECK_TIME);  // judged apart, with its own sentence
  if (X509_verify_cert(context.get()) == 1) return {};
  ERR_clear_error();
  return not_ours(std::string("its certificate is not from the ticket's room (") +
                  X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())) + ")");
}

// pin null: the authority that comes last in the chain.
Result<std::string> authority_in(STACK_OF(X509) * chain, const Digest* pin) {
  X509* authority = nullptr;
  for (int i = 0; i < sk_X509_num(chain); ++i)
    if (!pin || digest_of(sk_X509_value(chain, i)) == *pin) authority = sk_X509_value(chain, i);
  if (!authority) return not_ours("another room answers: its authority is not the ticket's");
  X509* leaf = sk_X509_value(chain, 0);
  FEDLLM_RETURN_IF_ERROR(check_leaf(leaf, authority));
  FEDLLM_RETURN_IF_ERROR(check_times(leaf));
  FEDLLM_RETURN_IF_ERROR(check_times(authority));
  return pem_of(authority);
}

Result<std::string> ask(const Endpoint& endpoint, const Digest* pin, Deadline deadline, const StopFlag& stop) {
  FEDLLM_ASSIGN_OR_RETURN(Socket socket, connect_to(endpoint, deadline, stop));
  Handshake handshake(std::move(socket), deadline, stop);
  FEDLLM_RETURN_IF_ERROR(handshake.run());
  auto pem = authority_in(handshake.chain(), pin);
  handshake.say_goodbye();
  return pem;
}

// Higher: tells more of what is wrong.
int weight_of(Code code) { return code == Code::failed_precondition ? 3 : code == Code::unauthenticated ? 2 : 1; }

Result<std::string> ask_all_of(const Address& address, const Digest* pin, Deadline deadline, const StopFlag& stop) {
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<Endpoint> endpoints, resolve(address, deadline, stop));
  Status worst = unavailable("the name has no address", kWhere);
  for (const Endpoint& endpoint : endpoints) {
    auto pem = ask(endpoint, pin, deadline, stop);
    if (pem.ok()) return pem;
    if (weight_of(pem.status().code()) >= weight_of(worst.code())) worst = pem.status();
  }
  return worst;
}

// Every address on its own thread, each a little later than the one before: a dead address costs no more than its head start.
class Search {
 public:
  Search(const std::vector<Address>& addresses, const Digest* pin, double timeout_s)
      : addresses_(addresses), pin_(pin), deadline_(deadline_in(timeout_s)), failures_(addresses.size()) {}

  Result<FoundAuthority> run() {
    std::vector<std::thread> threads;
    for (size_t i = 0; i < addresses_.size() && !over(i); ++i) threads.emplace_back([this, i] { ask_one(i); });
    for (std::thread& thread : threads) thread.join();
    if (found_) return *found_;
    return failure();
  }

 private:
  // Waits the head start of the i-th; true when nothing more is to be tried.
  bool over(size_t i) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, i == 0 ? std::chrono::milliseconds(0) : kHeadStart, [&] { return found_ || finished_ >= i; });
    return found_.has_value();
  }
  void ask_one(size_t i) {
    auto pem = ask_all_of(addresses_[i], pin_, deadline_, stop_);
    const std::lock_guard lock(mutex_);
    ++finished_;
    if (pem.ok() && !found_) found_ = FoundAuthority{std::move(*pem), addresses_[i]};
    if (pem.ok()) stop_.request();
    failures_[i] = pem.status();
    changed_.notify_all();
  }
  Status failure() const {
    const auto worst = std::max_element(failures_.begin(), failures_.end(), [](const Status& a, const Status& b) {
      return weight_of(a.code()) < weight_of(b.code());
    });
    if (weight_of(worst->code()) > 1)
      return {worst->code(), addresses_[static_cast<size_t>(worst - failures_.begin())].text() + ": " + worst->message(), kWhere};
    std::string all;
    for (size_t i = 0; i < failures_.size(); ++i)
      all += (i ? ", " : "") + addresses_[i].text() + " (" + failures_[i].message() + ")";
    return unavailable("nobody answers at " + all, kWhere);
  }

  const std::vector<Address>& addresses_;
  const Digest* const pin_;
  const Deadline deadline_;
  StopFlag stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t finished_ = 0;
  std::optional<FoundAuthority> found_;
  std::vector<Status> failures_;
};

}  // namespace

Result<FoundAuthority> fetch_authority(const std::vector<Address>& addresses, const Digest& pin, double timeout_s) {
  if (addresses.empty() || addresses.size() > 4 * kMaxTicketAddresses)
    return invalid_argument(
        "expected 1 to " + std::to_string(4 * kMaxTicketAddresses) + " addresses, got " + std::to_string(addresses.size()),
        kWhere);
  return Search(addresses, &pin, timeout_s).run();
}

Result<FoundAuthority> fetch_any_authority(const Address& address, double timeout_s) {
  const std::vector<Address> one{address};
  return Search(one, nullptr, timeout_s).run();
}

}  // namespace fedllm::net
