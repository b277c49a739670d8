"""The servers of a run: tests/peers/servers.py's with what a load of this size needs, ours around x/net, and the floor."""
import glob
import importlib.util
import os

_where = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peers", "servers.py")
_spec = importlib.util.spec_from_file_location("davit_peers", _where)
peers = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(peers)
peers.Server.refresh = lambda self: None  # what to do after files were changed behind its back


def restart(server):
    """The same folder and port; what it remembered only in memory is gone."""
    server._end()
    server._launch()
    if not server._answers():
        raise AssertionError("it did not start again: " + server.log())


class Rclone(peers.Rclone):
    """It keeps listings for minutes; started again it looks at what was put behind its back."""

    def refresh(self):
        restart(self)


class Apache(peers.ModDav):
    """Idle connections beyond its threads are taken by the event MPM's listener; they need room. Locks that are taken together
    leave a table that refuses every further one, so each scenario begins with a new table."""

    def refresh(self):
        self._end()
        for path in glob.glob(os.path.join(glob.escape(self.work), "locks*")):
            os.unlink(path)
        restart(self)

    def _write(self, name, text):
        return super()._write(name, text.replace("MaxRequestWorkers 150\n", "MaxRequestWorkers 150\nAsyncRequestWorkerFactor 80\n"))


class Lighttpd(peers.Lighttpd):
    def _write(self, name, text):
        return super()._write(name, text + "server.max-fds = 16384\nserver.max-connections = 12000\n")


class Nginx(peers.NginxDavExt):
    def _write(self, name, text):
        text = text.replace("worker_connections 1024", "worker_connections 16384")
        return super()._write(name, text.replace("zone=locks:10m;", "zone=locks:64m timeout=60m;"))


class Davit(peers.Davit):
    """A file server among file servers: as it comes, without its log of requests, which the others do not write either."""

    def _write(self, name, text):
        return super()._write(name, text + '[limits]\nconnections = 20000\n[locks]\nmost = 1000000\nmost_per_user = 1000000\n')


class XNet(peers.Server):
    name = "xnet"
    packages = ("golang-golang-x-net-dev",)
    programs = (os.path.join(os.environ.get("BENCH_BUILD", ""), "xnet"),)
    durability = "nothing is synced; it has no setting for it"
    setup = "webdav.Handler with Dir and NewMemLS behind net/http"

    def command(self):
        return [self.programs[0], self.root, f"127.0.0.1:{self.port}"]


class Floor(peers.Server):
    """Only the system calls nobody can do without; answers from fixed text. Not a server: it checks nothing."""
    name = "floor"
    packages = ("libc6",)
    programs = (os.path.join(os.environ.get("BENCH_BUILD", ""), "bench_floor"),)

    def __init__(self, synced=False):
        super().__init__()
        self.synced = synced
        self.durability = "contents and names are synced, one after another" if synced else "nothing is synced"
        self.setup = "tests/bench/floor.cpp, one thread"

    def command(self):
        return [self.programs[0], self.root, str(self.port), *(["sync"] if self.synced else [])]


MAKERS = {
    "davit": lambda: Davit(durable=True),
    "davit-unsynced": lambda: Davit(durable=False),
    "davit-locks": lambda: Davit(durable=False),  # holds very many of them
    "nginx": Nginx,
    "lighttpd": Lighttpd,
    "apache": Apache,
    "rclone": Rclone,
    "xnet": XNet,
    "floor": Floor,
    "floor-synced": lambda: Floor(synced=True),
}
OWN_ROOT = ("davit-unsynced", "davit-locks", "davit-tls", "davit-accounts")  # one davit a folder
PEERS = ("nginx", "lighttpd", "apache", "rclone", "xnet")
