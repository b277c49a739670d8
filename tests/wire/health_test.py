"""/readyz: says when the disk or the folder is no longer what it was, and why. Mounting takes root, or sudo."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

if os.geteuid() != 0:
    keep = [f"{name}={os.environ[name]}" for name in ("DAVIT", "SOURCE_DIR", "PATH")]
    os.execvp("sudo", ["sudo", "env", *keep, sys.executable, "-B", *sys.argv])

from davit import Server, main, propertyupdate, set_prop, wait_until
from exports_test import ExportServer

CONFIG = '[server]\nmanagement = ["127.0.0.1:0"]\n[storage]\nhealth_check = "1s"\n'


class Health(unittest.TestCase):
    def serve(self, root, more=""):
        server = Server(root=root, config=CONFIG + more)
        self.addCleanup(server.stop)
        self.assertEqual(self.ready(server).status, 200)
        return server

    def folder(self):
        folder = tempfile.mkdtemp(prefix="davit-health-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        os.mkdir(folder + "/root")
        return folder + "/root"

    def mount(self):
        root = self.folder()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", root], check=True)
        self.addCleanup(lambda: subprocess.run(["umount", root], check=False))
        return root

    def ready(self, server):
        return server.request("GET", "/readyz", address=server.management)

    def unfit(self, server, *words):
        """Becomes 503 and says why; the log has one error line, the metric is 0."""
        def said():
            answer = self.ready(server)
            text = answer.body.decode()
            return answer.status == 503 and text.startswith("not ready\n") and all(word in text for word in (*words, "looked at "))
        self.assertTrue(wait_until(said), (words, self.ready(server)))
        self.assertIn(" error ", server.log_line("not ready: "))
        self.assertIn("\ndavit_ready 0\n", server.request("GET", "/metrics", address=server.management).body.decode())

    def well(self, server):
        self.assertTrue(wait_until(lambda: self.ready(server).status == 200), self.ready(server))
        self.assertTrue(self.ready(server).body.startswith(b"ready\n"))
        self.assertEqual(len([line for line in server.read_log().splitlines() if "not ready: " in line]), 1)

    def test_a_folder_that_was_renamed_and_comes_back(self):
        root = self.folder()
        server = self.serve(root)
        os.rename(root, root + "-elsewhere")
        self.unfit(server, root, "no longer there")
        os.rename(root + "-elsewhere", root)
        self.well(server)

    def test_a_folder_that_was_removed(self):
        root = self.folder()
        server = self.serve(root)
        shutil.rmtree(root)
        self.unfit(server, "no longer there")
        os.mkdir(root)
        self.unfit(server, "another folder")

    def test_a_folder_that_was_replaced(self):
        root = self.folder()
        server = self.serve(root)
        os.rename(root, root + "-elsewhere")
        os.mkdir(root)
        self.unfit(server, "another folder")

    def test_a_link_that_leads_elsewhere_now(self):
        root = self.folder()
        os.symlink(root, root + "-link")
        server = self.serve(root + "-link")
        os.remove(root + "-link")
        os.symlink("/tmp", root + "-link")
        self.unfit(server, "another folder")

    def test_something_mounted_over_it(self):
        root = self.folder()
        server = self.serve(root)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", root], check=True)
        try:
            self.unfit(server, "another folder")
        finally:
            subprocess.run(["umount", root], check=True)
        self.well(server)

    def test_a_file_system_that_was_unmounted(self):
        root = self.mount()
        server = self.serve(root)
        subprocess.run(["umount", "-l", root], check=True)
        self.unfit(server, "another folder")

    def test_a_read_only_server_notices_too(self):
        root = self.folder()
        server = Server(root=root, args=("--read-only",), config=CONFIG)
        self.addCleanup(server.stop)
        self.assertEqual(self.ready(server).status, 200)
        self.assertFalse(os.path.exists(root + "/.davit"))
        os.rename(root, root + "-elsewhere")
        self.unfit(server, "no longer there")

    def test_a_file_system_without_writing_is_the_disks_fault(self):
        root = self.folder()
        os.mkdir(root + "/d")
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", root + "/d"], check=True)
        self.addCleanup(lambda: subprocess.run(["umount", root + "/d"], check=True))
        with open(root + "/d/f", "wb") as file:
            file.write(b"x")
        subprocess.run(["mount", "-o", "remount,ro", root + "/d"], check=True)
        server = self.serve(root)
        for method, path, headers, body in (("PUT", "/d/g", {}, b"x"), ("PUT", "/d/f", {}, b"x"), ("DELETE", "/d/f", {}, None), ("MKCOL", "/d/c", {}, None),
                                            ("COPY", "/d/f", {"Destination": "/d/g"}, None)):
            answer = server.request(method, path, headers, body)
            self.assertEqual((answer.status, answer.header("X-Dav-Error-Code")), (503, "file-system-read-only"), method)
            self.assertIsNotNone(answer.header("Retry-After"))
        answer = server.request("PROPPATCH", "/d/f", body=propertyupdate(set_prop("<Z:a>1</Z:a>")))
        self.assertIn(b'code="file-system-read-only"', answer.body)
        self.assertIn(" error ", server.log_line('PUT "/d/g" 503'))
        self.assertEqual(server.request("GET", "/d/f").body, b"x")
        self.assertEqual(server.request("PUT", "/g", body=b"x").status, 201)

    def test_a_full_disk(self):
        root = self.mount()
        server = self.serve(root)
        ballast = os.open(root + "/ballast", os.O_WRONLY | os.O_CREAT)
        try:
            while True:
                os.write(ballast, b"x" * 4096)
        except OSError:
            os.close(ballast)
        self.unfit(server, "The disk is full")
        os.remove(root + "/ballast")
        self.well(server)

    def test_a_state_database_that_was_removed(self):
        root = self.folder()
        server = self.serve(root)
        os.rename(root + "/.davit/state.db", root + "/.davit/elsewhere")
        self.unfit(server, "state.db")
        os.rename(root + "/.davit/elsewhere", root + "/.davit/state.db")
        self.well(server)

    def test_one_of_several_folders(self):
        one, two = self.folder(), self.folder()
        server = ExportServer(CONFIG + "".join(f'[[exports]]\npath = "/{name}"\nroot = "{root}"\n' for name, root in (("one", one), ("two", two))))
        self.addCleanup(server.stop)
        port = re.search(rb":(\d+)/", server.process.stdout.readline()).group(1)
        server.management = ("127.0.0.1", int(port))
        os.rename(two, two + "-elsewhere")
        self.unfit(server, two, f"{one}: ready")

    def test_nothing_is_left_in_the_folder(self):
        root = self.folder()
        server = self.serve(root)
        before = sorted(os.listdir(root + "/.davit"))
        age = lambda: float(self.ready(server).body.decode().split("looked at ")[1].split()[0])
        self.assertTrue(wait_until(lambda: age() > 0.5) and wait_until(lambda: age() < 0.5), "it looks again and again")
        self.assertEqual(sorted(os.listdir(root + "/.davit")), before)


if __name__ == "__main__":
    main()
