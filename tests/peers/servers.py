"""The WebDAV servers of Debian and Davit, each on a free port of loopback with a folder of the caller's.

    with servers.make("mod_dav") as server:
        url = server.start("/some/folder")      # "http://127.0.0.1:12345/"

Nothing of the system's own services is touched: configuration, state and logs lie in a folder beside the served one, which goes
with stop(), and only processes started here are ended. They also end when the thread that started them does, even by SIGKILL.
"""
import http.client
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time


class NotStarted(Exception):
    pass


class Server:
    name = None         # of the column, and for make()
    programs = ()       # files that must be there
    packages = ()       # Debian's, which bring them
    durability = None   # what is on the disk when the answer goes out, and by which setting
    setup = None        # the settings that matter to somebody who compares, for the documentation
    user = None         # whom it runs as when started by root: None, stays root

    def __init__(self):
        self.process = self.root = self.work = self.port = self.url = None

    @classmethod
    def missing(cls):
        return [x for x in cls.programs if not os.path.exists(x)]

    def version(self):
        """As Debian names it."""
        return subprocess.run(["dpkg-query", "-W", "-f", "${source:Package} ${Version}", self.packages[-1]], check=True,
                              capture_output=True, text=True).stdout

    def start(self, root):
        """Serves `root`, an existing folder; returns its URL once it answers. The folder belongs to `user` afterwards,
        who must be able to reach it (see fresh_folder)."""
        if self.missing():
            raise NotStarted(f"{self.name}: no {', '.join(self.missing())}; apt-get install {' '.join(self.packages)}")
        self.root = os.path.abspath(root)
        self.work = tempfile.mkdtemp(prefix=f"{self.name}-", dir=os.path.dirname(self.root))
        for _ in range(3):  # somebody else may take the port before the server does
            self.port = free_port()
            self._launch()
            if self._answers():
                self.url = f"http://127.0.0.1:{self.port}/"
                return self.url
            self._end()
        message = f"{self.name} did not start:\n{self.log()}"
        self.stop()
        raise NotStarted(message)

    def pids(self):
        """The process and its descendants."""
        found, rest = [], [self.process.pid]
        while rest:
            pid = rest.pop()
            found.append(pid)
            try:
                for task in os.listdir(f"/proc/{pid}/task"):
                    with open(f"/proc/{pid}/task/{task}/children") as file:
                        rest += map(int, file.read().split())
            except OSError:  # it has ended meanwhile
                pass
        return found

    def log(self):
        """The end of what it has said."""
        texts = []
        for name in ("log", "error.log"):
            if os.path.exists(path := os.path.join(self.work, name)):
                with open(path, errors="replace") as file:
                    texts.append(file.read()[-3000:])
        return "".join(texts)

    def stop(self):
        self._end()
        if self.work:
            shutil.rmtree(self.work, ignore_errors=True)
            self.work = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def command(self):
        """What to run, with the configuration written; it must stay in the foreground."""
        raise NotImplementedError

    def _launch(self):
        run_as = []
        if self.user and os.getuid() == 0:
            for path in (self.root, self.work):
                shutil.chown(path, self.user, self.user)
            run_as = ["--reuid", self.user, "--regid", self.user, "--clear-groups"]
        command = self.command()
        with open(os.path.join(self.work, "log"), "ab") as log:
            self.process = subprocess.Popen(["setpriv", *run_as, "--pdeathsig", "TERM", "--", *command], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, cwd=self.work)

    def _answers(self, seconds=15):
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("OPTIONS", "/")
                connection.getresponse().read()
                connection.close()
                return self.process.poll() is None
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)
        return False

    def _end(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def _write(self, name, text):
        path = os.path.join(self.work, name)
        with open(path, "w") as file:
            file.write(text)
        return path


class ModDav(Server):
    name = "mod_dav"
    programs = ("/usr/sbin/apache2", "/usr/lib/apache2/modules/mod_dav.so", "/usr/lib/apache2/modules/mod_dav_fs.so")
    packages = ("apache2-bin",)
    durability = "writes and renames are not synced; it has no setting for it"
    setup = "mod_dav and mod_dav_fs with DavLockDB, DavDepthInfinity On, event MPM as Debian sets it, no access log"
    user = "www-data"

    def command(self):
        modules = "".join(f"LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so\n" for m in
                          ("mpm_event", "authz_core", "setenvif", "mime", "dav", "dav_fs"))
        path = self._write("httpd.conf", f"""{modules}
ServerRoot {self.work}
ServerName 127.0.0.1
Listen 127.0.0.1:{self.port}
PidFile {self.work}/pid
DefaultRuntimeDir {self.work}
ErrorLog {self.work}/error.log
LogLevel error
TypesConfig /etc/mime.types
StartServers 2
MinSpareThreads 25
MaxSpareThreads 75
ThreadLimit 64
ThreadsPerChild 25
MaxRequestWorkers 150
KeepAlive On
MaxKeepAliveRequests 0
FileETag MTime Size
DocumentRoot {self.root}
DavLockDB {self.work}/locks
<Directory {self.root}>
    Require all granted
    AllowOverride None
    Dav On
    DavDepthInfinity On
</Directory>
""")
        return ["/usr/sbin/apache2", "-D", "FOREGROUND", "-d", self.work, "-f", path]


class Lighttpd(Server):
    name = "lighttpd"
    programs = ("/usr/sbin/lighttpd", "/usr/lib/lighttpd/mod_webdav.so")
    packages = ("lighttpd", "lighttpd-mod-webdav")
    durability = "contents are not synced; properties and locks are SQLite's, which syncs"
    setup = "mod_webdav with webdav.sqlite-db-name for properties and locks, uploads collected beside the folder, no access log"

    def command(self):
        os.makedirs(os.path.join(self.work, "uploads"), exist_ok=True)
        path = self._write("lighttpd.conf", f"""
server.modules = ( "mod_webdav" )
server.bind = "127.0.0.1"
server.port = {self.port}
server.document-root = "{self.root}"
server.errorlog = "{self.work}/error.log"
server.upload-dirs = ( "{self.work}/uploads" )
server.max-keep-alive-requests = 1000000
mimetype.assign = ( ".txt" => "text/plain", "" => "application/octet-stream" )
webdav.activate = "enable"
webdav.is-readonly = "disable"
webdav.sqlite-db-name = "{self.work}/webdav.db"
""")
        return ["/usr/sbin/lighttpd", "-D", "-f", path]


class NginxDavExt(Server):
    name = "nginx-dav-ext"
    programs = ("/usr/sbin/nginx", "/usr/lib/nginx/modules/ngx_http_dav_ext_module.so")
    packages = ("nginx", "libnginx-mod-http-dav-ext")
    durability = "writes and renames are not synced; it has no setting for it"
    setup = "dav_methods and dav_ext_methods all, dav_ext_lock (a zone in memory), a worker a core, no access log"

    def version(self):
        nginx = subprocess.run(["dpkg-query", "-W", "-f", "nginx ${Version}", "nginx"], check=True, capture_output=True,
                               text=True).stdout
        return f"{nginx} with {super().version()}"

    def command(self):
        user = f"user {user_name()};" if os.getuid() == 0 else ""
        temporary = "".join(f"{kind}_temp_path {self.work}/{kind};" for kind in
                            ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        path = self._write("nginx.conf", f"""
load_module {self.programs[1]};
daemon off;
{user}
worker_processes auto;
pid {self.work}/pid;
error_log {self.work}/error.log error;
events {{ worker_connections 1024; }}
http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    sendfile on;
    access_log off;
    keepalive_requests 1000000;
    client_max_body_size 0;
    {temporary}
    dav_ext_lock_zone zone=locks:10m;
    server {{
        listen 127.0.0.1:{self.port};
        root {self.root};
        location / {{
            dav_methods PUT DELETE MKCOL COPY MOVE;
            dav_ext_methods PROPFIND OPTIONS LOCK UNLOCK;
            dav_ext_lock zone=locks;
            create_full_put_path off;
            dav_access user:rw group:r all:r;
        }}
    }}
}}
""")
        return ["/usr/sbin/nginx", "-e", f"{self.work}/error.log", "-c", path]


class Rclone(Server):
    name = "rclone"
    programs = ("/usr/bin/rclone",)
    packages = ("rclone",)
    durability = "writes and renames are not synced; it has no setting for it"
    setup = "rclone serve webdav with its defaults (golang.org/x/net/webdav over rclone's file layer)"

    def command(self):
        return ["env", f"XDG_CACHE_HOME={self.work}", "/usr/bin/rclone", "--config", f"{self.work}/rclone.conf", "serve", "webdav",
                self.root, "--addr", f"127.0.0.1:{self.port}"]


class Davit(Server):
    """The program under test, which $DAVIT names."""
    name = "Davit"
    setup = "its defaults, and server.authorities = [\"127.0.0.1\"], so that a Destination elsewhere can be told"

    def __init__(self, durable=True, settings=""):
        super().__init__()
        self.durable, self.settings = durable, settings
        self.durability = "contents, names, properties and locks are synced (storage.durable, the default)" if durable else \
            "nothing is synced (storage.durable = false)"

    @classmethod
    def missing(cls):
        return [] if os.access(os.environ.get("DAVIT", ""), os.X_OK) else ["program named by $DAVIT"]

    def version(self):
        return "this tree"

    def command(self):
        path = self._write("davit.toml", f"""[server]
listen = ["127.0.0.1:{self.port}"]
authorities = ["127.0.0.1:{self.port}", "127.0.0.1"]
[storage]
durable = {str(self.durable).lower()}
[log]
level = "warning"
access = false
{self.settings}
""")
        return [os.environ["DAVIT"], "serve", self.root, "--config", path]


ALL = (ModDav, Lighttpd, NginxDavExt, Rclone, Davit)


def make(name, **options):
    """A server by the name of its column."""
    return next(kind for kind in ALL if kind.name == name)(**options)


def fresh_folder(where=None):
    """A folder to serve with room beside it for a server's own things; every user may pass its parent. Remove its parent."""
    above = tempfile.mkdtemp(prefix="davit-peers-", dir=where)
    os.chmod(above, 0o755)
    root = os.path.join(above, "root")
    os.mkdir(root)
    return root


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def user_name():
    return pwd.getpwuid(os.getuid()).pw_name
