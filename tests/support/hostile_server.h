#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace fovea::test {

// A server on a loopback port that does to each connection what its script says, on a thread of the connection's own:
// all that a server can do wrong, and nothing more than it. Its end ends all of them.
class HostileServer {
 public:
  class Connection {
   public:
    Connection(HostileServer& server, int socket) : server_(server), socket_(socket) {}
    ~Connection() {
      if (socket_ >= 0) ::close(socket_);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // The next request's head, or "" when the peer is gone or the server ends.
    std::string request() {
      std::string head;
      char c = 0;
      while (!head.ends_with("\r\n\r\n")) {
        if (!wait(POLLIN) || ::recv(socket_, &c, 1, 0) <= 0) return {};
        head += c;
      }
      const std::scoped_lock lock(server_.mutex_);
      server_.requests_.push_back(head);
      return head;
    }
    // False when the peer is gone or the server ends.
    bool send(std::string_view bytes) {
      while (!bytes.empty()) {
        if (!wait(POLLOUT)) return false;
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent <= 0) return false;
        server_.bytes_sent_ += sent;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      }
      return true;
    }
    // Nothing is sent until the peer closes, says something or the server ends.
    void stall() { wait(POLLIN); }
    // As often as it takes for the peer to go.
    void send_for_ever(std::string_view bytes) {
      while (send(bytes)) {
      }
    }
    // A byte at a time, with a pause before each, until the peer goes.
    void trickle(std::string_view bytes, std::chrono::milliseconds pause) {
      for (const char c : bytes) {
        pollfd end{server_.end_, POLLIN, 0};
        if (::poll(&end, 1, static_cast<int>(pause.count())) != 0 || !send({&c, 1})) return;
      }
    }
    // Ends with RST instead of FIN.
    void reset() {
      const linger now{1, 0};
      ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
      ::close(socket_);
      socket_ = -1;
    }

   private:
    bool wait(short what) {
      pollfd both[2] = {{socket_, what, 0}, {server_.end_, POLLIN, 0}};
      while (::poll(both, 2, -1) < 0) {
      }
      return both[1].revents == 0;
    }

    HostileServer& server_;
    int socket_;
  };
  using Script = std::function<void(Connection&)>;

  explicit HostileServer(Script script) : script_(std::move(script)), end_(::eventfd(0, EFD_CLOEXEC)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 512) != 0 ||
        ::getsockname(listener_, generic, &size) != 0)
      throw std::runtime_error("cannot listen on the loopback");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { accept_all(); });
  }
  ~HostileServer() {
    ::eventfd_write(end_, 1);
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    for (std::thread& thread : threads_) thread.join();
    ::close(listener_);
    ::close(end_);
  }
  HostileServer(const HostileServer&) = delete;
  HostileServer& operator=(const HostileServer&) = delete;

  int port() const { return port_; }
  std::string url(const std::string& path) const { return url("127.0.0.1", path); }
  std::string url(const std::string& host, const std::string& path) const {
    return "http://" + host + ":" + std::to_string(port_) + path;
  }
  int connections() const { return connections_; }
  // The most that were open at once.
  int most_connections() const { return most_; }
  std::int64_t bytes_sent() const { return bytes_sent_; }
  std::vector<std::string> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }

 private:
  void accept_all() {
    for (int client; (client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      ++connections_;
      threads_.emplace_back([this, client] {
        const int open = ++open_;
        for (int most = most_; most < open && !most_.compare_exchange_weak(most, open);) {
        }
        {
          Connection connection(*this, client);
          script_(connection);
        }
        --open_;
      });
    }
  }

  Script script_;
  int end_, listener_ = -1, port_ = 0;
  std::atomic<int> connections_ = 0, open_ = 0, most_ = 0;
  std::atomic<std::int64_t> bytes_sent_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<std::thread> threads_;
  std::thread thread_;
};

// A whole answer.
inline std::string answer(const std::string& status, const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body;
}

// Requests on one connection after the other, each answered by what `reply` makes of its head.
inline HostileServer::Script replies(std::function<std::string(const std::string& request)> reply) {
  return [reply = std::move(reply)](HostileServer::Connection& connection) {
    for (std::string request; !(request = connection.request()).empty();)
      if (!connection.send(reply(request))) return;
  };
}

}  // namespace fovea::test
