// bench_file_server FOLDER: the folder's files over HTTP/1.1 on the loopback, by sendfile(2), a thread a connection: as
// little of the processor as a server can take from the client that is measured. Prints its port, and ends with
// standard input.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <string>
#include <thread>

namespace {

bool send_all(int to, const std::string& text, int flags) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = ::send(to, text.data() + done, text.size() - done, flags);
    if (count <= 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

bool send_file(int to, int file, off_t size) {
  const std::string header =
      "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
  if (!send_all(to, header, MSG_MORE)) return false;
  for (off_t at = 0; at < size;)
    if (::sendfile(to, file, &at, static_cast<std::size_t>(size - at)) <= 0) return false;
  return true;
}

// "GET /name HTTP/1.1": a name with a folder in it, or that begins with a dot, is none of ours.
bool answer(int to, int folder, const std::string& request) {
  const std::string missing = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
  const std::size_t end = request.find(' ', 5);
  if (!request.starts_with("GET /") || end == request.npos) return send_all(to, missing, 0);
  const std::string name = request.substr(5, end - 5);
  const bool plain = !name.empty() && name.front() != '.' && name.find('/') == name.npos;
  const int file = plain ? ::openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC) : -1;
  struct stat status {};
  const bool found = file >= 0 && ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  const bool sent = found ? send_file(to, file, status.st_size) : send_all(to, missing, 0);
  if (file >= 0) ::close(file);
  return sent;
}

void serve(int connection, int folder) {
  const int at_once = 1;
  ::setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
  constexpr std::size_t longest_request = 1 << 16;
  std::string pending;
  std::array<char, 4096> buffer;
  for (bool open = true; open;) {
    const ssize_t count = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (count <= 0 || pending.size() > longest_request) break;
    pending.append(buffer.data(), static_cast<std::size_t>(count));
    for (std::size_t end = pending.find("\r\n\r\n"); open && end != pending.npos; end = pending.find("\r\n\r\n")) {
      open = answer(connection, folder, pending.substr(0, end));
      pending.erase(0, end + 4);
    }
  }
  ::close(connection);
}

int listen_on_loopback() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (listener < 0 || ::bind(listener, any, size) != 0 || ::listen(listener, SOMAXCONN) != 0 ||
      ::getsockname(listener, any, &size) != 0)
    return -1;
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return listener;
}

}  // namespace

int main(int argc, char** argv) {
  const int folder = argc == 2 ? ::open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (folder < 0) {
    std::fprintf(stderr, "usage: bench_file_server FOLDER\n");
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  const int listener = listen_on_loopback();
  if (listener < 0) {
    std::perror("bench_file_server");
    return 1;
  }
  std::thread([=] {
    for (int connection = 0; (connection = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;)
      std::thread(serve, connection, folder).detach();
  }).detach();
  for (char byte = 0; ::read(0, &byte, 1) > 0;) {
  }
  std::_Exit(0);
}
