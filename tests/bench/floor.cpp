// The floor: what the system calls alone cost that a WebDAV server cannot do without. One thread, no checks, fixed
// texts; it is not a server and must never be used as one.   bench_floor FOLDER PORT [sync]
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace {

int root = -1, journal = -1;
bool synced = false;
std::uint64_t serial = 0;  ///< of names no other floor uses
std::array<char, 1 << 18> buffer;

void die(const char* what) {
    std::perror(what);
    std::exit(1);
}

void send_all(int fd, std::string_view data) {
    while (!data.empty()) {
        const auto sent = send(fd, data.data(), data.size(), MSG_NOSIGNAL);
        if (sent > 0) {
            data.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            pollfd wait{fd, POLLOUT, 0};
            poll(&wait, 1, 10000);
        } else {
            return;
        }
    }
}

std::string head(std::string_view status, std::uint64_t length, std::string_view fields = "") {
    std::string text = "HTTP/1.1 ";
    text += status;
    text += "\r\nServer: floor\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n";
    text += fields;
    if (!status.starts_with("204") && !status.starts_with("304")) {
        text += "Content-Length: " + std::to_string(length) + "\r\n";
    }
    return text + "\r\n";
}

int open_beneath(const char* path, int flags) {
    open_how how{.flags = static_cast<unsigned>(flags | O_CLOEXEC), .mode = 0, .resolve = RESOLVE_BENEATH};
    return static_cast<int>(syscall(SYS_openat2, root, path, &how, sizeof how));
}

std::string parent_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash);
}

void sync_parent(const std::string& path) {
    if (synced) {
        const int folder = open_beneath(parent_of(path).c_str(), O_RDONLY | O_DIRECTORY);
        fsync(folder);
        close(folder);
    }
}

struct Request {
    std::string_view text;  ///< the head
    std::string_view method;
    std::string path;  ///< without slashes at the ends, not decoded
    std::uint64_t length = 0;

    [[nodiscard]] std::string_view field(std::string_view name) const {
        const auto at = text.find(name);
        return at == std::string_view::npos
                   ? at_end()
                   : text.substr(at + name.size(), text.find('\r', at + name.size()) - at - name.size());
    }
    static std::string_view at_end() { return {}; }
};

std::string relative(std::string_view path) {
    while (path.ends_with('/')) path.remove_suffix(1);
    while (path.starts_with('/')) path.remove_prefix(1);
    return path.empty() ? "." : std::string(path);
}

Request parse(std::string_view text) {
    Request request{.text = text, .method = text.substr(0, text.find(' ')), .path = {}};
    const auto rest = text.substr(request.method.size() + 1);
    request.path = relative(rest.substr(0, rest.find(' ')));
    const auto length = request.field("\r\nContent-Length: ");
    std::from_chars(length.data(), length.data() + length.size(), request.length);
    return request;
}

void get(int fd, const Request& request) {
    struct stat facts{};
    if (!request.field("\r\nIf-None-Match: ").empty()) {
        fstatat(root, request.path.c_str(), &facts, 0);
        send_all(fd, head("304 Not Modified", 0, "ETag: \"1\"\r\n"));
        return;
    }
    const int file = open_beneath(request.path.c_str(), O_RDONLY);
    if (file < 0 || fstat(file, &facts) != 0) {
        send_all(fd, head("404 Not Found", 0));
        return;
    }
    const auto size = static_cast<std::uint64_t>(facts.st_size);
    auto answer =
        head("200 OK", size, "ETag: \"1\"\r\nLast-Modified: Thu, 01 Jan 1970 00:00:00 GMT\r\nAccept-Ranges: bytes\r\n");
    if (size <= 65536) {
        const auto got = read(file, buffer.data(), buffer.size());
        answer.append(buffer.data(), static_cast<std::size_t>(got));
        send_all(fd, answer);
    } else {
        send_all(fd, answer);
        for (off_t at = 0; at < facts.st_size;) {
            if (sendfile(fd, file, &at, 1 << 20) < 0) {
                pollfd wait{fd, POLLOUT, 0};
                if (errno != EAGAIN || poll(&wait, 1, 10000) <= 0) break;
            }
        }
    }
    close(file);
}

void append_entry(std::string& out, const std::string& href, const struct stat& facts) {
    out += "<D:response><D:href>/" + href + "</D:href><D:propstat><D:prop><D:resourcetype/><D:getcontentlength>";
    out += std::to_string(facts.st_size);
    out +=
        "</D:getcontentlength><D:getlastmodified>Thu, 01 Jan 1970 00:00:00 "
        "GMT</D:getlastmodified><D:getetag>\"1\"</D:getetag>"
        "<D:creationdate>1970-01-01T00:00:00Z</D:creationdate></D:prop><D:status>HTTP/1.1 200 "
        "OK</D:status></D:propstat>"
        "</D:response>";
}

void send_chunk(int fd, std::string& out, bool force) {
    if (out.size() >= 65536 || (force && !out.empty())) {
        std::array<char, 20> size{};
        std::snprintf(size.data(), size.size(), "%zx\r\n", out.size());
        send_all(fd, size.data() + out + "\r\n");
        out.clear();
    }
}

void list(int fd, std::string& out, const std::string& path, bool deep) {
    const int folder = open_beneath(path.c_str(), O_RDONLY | O_DIRECTORY);
    DIR* entries = fdopendir(folder);
    if (entries == nullptr) return;
    while (const dirent* entry = readdir(entries)) {
        const std::string_view name = entry->d_name;
        struct stat facts{};
        if (name == "." || name == ".." || fstatat(folder, entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) != 0) continue;
        const auto href = path + "/" + entry->d_name;
        append_entry(out, href, facts);
        send_chunk(fd, out, false);
        if (deep && S_ISDIR(facts.st_mode)) list(fd, out, href, deep);
    }
    closedir(entries);
}

void propfind(int fd, const Request& request) {
    struct stat facts{};
    fstatat(root, request.path.c_str(), &facts, 0);
    std::string out = "<?xml version=\"1.0\" encoding=\"utf-8\"?><D:multistatus xmlns:D=\"DAV:\">";
    append_entry(out, request.path, facts);
    const auto depth = request.field("\r\nDepth: ");
    if (depth == "0") {
        out += "</D:multistatus>";
        send_all(fd,
                 head("207 Multi-Status", out.size(), "Content-Type: application/xml; charset=\"utf-8\"\r\n") + out);
        return;
    }
    send_all(fd, "HTTP/1.1 207 Multi-Status\r\nServer: floor\r\nTransfer-Encoding: chunked\r\n\r\n");
    list(fd, out, request.path, depth == "infinity");
    out += "</D:multistatus>";
    send_chunk(fd, out, true);
    send_all(fd, "0\r\n\r\n");
}

bool copy_tree(const std::string& from, const std::string& to) {
    struct stat facts{};
    if (fstatat(root, from.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) return false;
    if (!S_ISDIR(facts.st_mode)) {
        const int in = openat(root, from.c_str(), O_RDONLY), out = openat(root, to.c_str(), O_WRONLY | O_CREAT, 0666);
        while (copy_file_range(in, nullptr, out, nullptr, 1 << 30, 0) > 0) continue;
        close(in);
        close(out);
        return true;
    }
    mkdirat(root, to.c_str(), 0777);
    DIR* entries = fdopendir(openat(root, from.c_str(), O_RDONLY | O_DIRECTORY));
    while (const dirent* entry = readdir(entries)) {
        const std::string name = entry->d_name;
        if (name != "." && name != "..") copy_tree(from + "/" + name, to + "/" + name);
    }
    closedir(entries);
    return true;
}

std::string destination(const Request& request) {
    const auto value = request.field("\r\nDestination: ");
    const auto host = value.find("://");
    return relative(host == std::string_view::npos ? value : value.substr(value.find('/', host + 3)));
}

/// What a change of state must put down before it is answered.
void note() {
    if (synced) {
        static_cast<void>(write(journal, buffer.data(), 200));
        fdatasync(journal);
    }
}

void set_property(const Request& request) {
    const int file = open_beneath(request.path.c_str(), O_RDONLY);
    fsetxattr(file, "user.floor", buffer.data(), 300, 0);
    if (synced) fsync(file);
    close(file);
}

void change(int fd, const Request& request) {
    const auto& path = request.path;
    if (request.method == "MKCOL") {
        mkdirat(root, path.c_str(), 0777);
        sync_parent(path);
        send_all(fd, head("201 Created", 0));
    } else if (request.method == "DELETE") {
        renameat(root, path.c_str(), root, (".floor/trash" + std::to_string(serial++)).c_str());
        sync_parent(path);
        send_all(fd, head("204 No Content", 0));
    } else if (request.method == "MOVE" || request.method == "COPY") {
        const auto to = destination(request);
        if (request.method == "MOVE") {
            renameat(root, path.c_str(), root, to.c_str());
        } else {
            copy_tree(path, to);
            if (synced) syncfs(root);
        }
        sync_parent(to);
        send_all(fd, head("201 Created", 0));
    } else if (request.method == "PROPPATCH") {
        set_property(request);
        send_all(fd, head("207 Multi-Status", 14) + "<multistatus/>");
    } else if (request.method == "LOCK") {
        note();
        send_all(fd, head("200 OK", 7, "Lock-Token: <urn:uuid:0-" + std::to_string(serial++) + ">\r\n") + "<prop/>");
    } else {
        if (request.method == "UNLOCK") note();
        send_all(fd, head("204 No Content", 0));
    }
}

/// A connection: the head as it arrives, and the body of a PUT as it arrives.
struct Connection {
    int fd = -1, upload = -1;
    std::string text{}, path{};
    std::uint64_t body_left = 0;
};

void start_upload(Connection& connection, const Request& request) {
    connection.path = request.path;
    connection.upload = open_beneath(parent_of(request.path).c_str(), O_TMPFILE | O_WRONLY);
    if (connection.upload < 0) {
        // openat2 takes a mode only with O_TMPFILE's own rules; 0 is what is given above.
        connection.upload = openat(root, parent_of(request.path).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    }
}

void finish_upload(Connection& connection) {
    if (synced) fdatasync(connection.upload);
    const auto from = "/proc/self/fd/" + std::to_string(connection.upload);
    const char* status = "201 Created";
    if (linkat(AT_FDCWD, from.c_str(), root, connection.path.c_str(), AT_SYMLINK_FOLLOW) != 0) {
        const auto temporary = ".floor/put" + std::to_string(serial++);
        linkat(AT_FDCWD, from.c_str(), root, temporary.c_str(), AT_SYMLINK_FOLLOW);
        renameat(root, temporary.c_str(), root, connection.path.c_str());
        status = "204 No Content";
    }
    sync_parent(connection.path);
    close(connection.upload);
    connection.upload = -1;
    send_all(connection.fd, head(status, 0, "ETag: \"1\"\r\n"));
}

void take_body(Connection& connection, std::string_view data) {
    connection.body_left -= data.size();
    if (connection.upload >= 0) {
        static_cast<void>(write(connection.upload, data.data(), data.size()));
        if (connection.body_left == 0) finish_upload(connection);
    }
}

void answer(Connection& connection, const Request& request) {
    if (request.method == "PUT") {
        start_upload(connection, request);
    } else if (request.method == "GET") {
        get(connection.fd, request);
    } else if (request.method == "PROPFIND") {
        propfind(connection.fd, request);
    } else {
        change(connection.fd, request);
    }
}

/// False when the connection is over.
bool receive(Connection& connection) {
    const auto got = recv(connection.fd, buffer.data(), buffer.size(), 0);
    if (got <= 0) return got < 0 && errno == EAGAIN;
    const std::string_view data(buffer.data(), static_cast<std::size_t>(got));
    if (connection.body_left > 0) {
        take_body(connection, data);
        return true;
    }
    connection.text += data;
    const auto end = connection.text.find("\r\n\r\n");
    if (end == std::string::npos) return true;
    const auto text = std::exchange(connection.text, {});
    const auto request = parse(std::string_view(text).substr(0, end + 2));
    connection.body_left = request.length;
    answer(connection, request);
    if (connection.body_left > 0 && text.size() > end + 4)
        take_body(connection, std::string_view(text).substr(end + 4));
    return true;
}

int listen_on(std::uint16_t port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(fd, 4096) != 0) die("listen");
    return fd;
}

void accept_all(int listener, int epoll) {
    while (true) {
        const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        const int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        auto* connection = new Connection{.fd = fd};
        epoll_event event{.events = EPOLLIN, .data = {.ptr = connection}};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

void serve(int listener) {
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    std::array<epoll_event, 64> events;
    while (true) {
        const int count = epoll_wait(epoll, events.data(), events.size(), -1);
        for (int i = 0; i < count; ++i) {
            auto* connection = static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
            if (connection == nullptr) {
                accept_all(listener, epoll);
            } else if (!receive(*connection)) {
                close(connection->fd);
                if (connection->upload >= 0) close(connection->upload);
                delete connection;
            }
        }
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 3) return 2;
    root = open(arguments[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) die(arguments[1]);
    synced = count > 3;
    serial = static_cast<std::uint64_t>(getpid()) << 32;
    umask(0);
    mkdirat(root, ".floor", 0777);
    journal = openat(root, ".floor/journal", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    serve(listen_on(static_cast<std::uint16_t>(std::atoi(arguments[2]))));
}
