"""Trees deeper than any stack, path or number of descriptors: every method works on them, or refuses them with nothing done."""
import os
import resource
import subprocess

from davit import Case, Server, main, wait_until

SMALL_STACK = 256 * 1024
DESCRIPTORS = 256
LEVELS = 2200  # with two bytes of path for each, more than a path can be long


def build(path, levels):
    """A chain of folders, with a file in the last one."""
    top = os.getcwd()
    try:
        os.mkdir(path)
        os.chdir(path)
        for _ in range(levels):
            os.mkdir("n")
            os.chdir("n")
        with open("f", "w") as file:
            file.write("bottom")
    finally:
        os.chdir(top)


def depth_of(path):
    """Levels below `path`, and what the file in the last of them says."""
    top = os.getcwd()
    levels = 0
    try:
        os.chdir(path)
        while os.path.isdir("n"):
            os.chdir("n")
            levels += 1
        with open("f") as file:
            return levels, file.read()
    finally:
        os.chdir(top)


class Deep(Case):
    """A server with little stack and few descriptors."""

    @classmethod
    def setUpClass(cls):
        stack, files = resource.getrlimit(resource.RLIMIT_STACK), resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_STACK, (SMALL_STACK, stack[1]))
        resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, files[1]))
        try:
            super().setUpClass()
        finally:
            resource.setrlimit(resource.RLIMIT_STACK, stack)
            resource.setrlimit(resource.RLIMIT_NOFILE, files)

    @classmethod
    def tearDownClass(cls):
        subprocess.run(["rm", "-rf", cls.server.root], check=True)  # Python's own removal recurses
        super().tearDownClass()

    def empty_trash(self):
        trash = self.server.root + "/.davit/trash"
        self.assertTrue(wait_until(lambda: os.listdir(trash) == [], 60), os.listdir(trash))

    def test_copy_move_and_delete_of_a_tree_of_thousands_of_levels(self):
        root = self.server.root + self.dir
        build(root + "/t", LEVELS)
        self.expect(201, "COPY", self.dir + "/t", {"Destination": self.dir + "/copy"})
        self.assertEqual(depth_of(root + "/copy"), (LEVELS, "bottom"))
        self.expect(201, "MKCOL", self.dir + "/other")
        self.expect(201, "MOVE", self.dir + "/copy", {"Destination": self.dir + "/other/moved"})
        self.assertEqual(depth_of(root + "/other/moved"), (LEVELS, "bottom"))
        self.expect(204, "MOVE", self.dir + "/other/moved", {"Destination": self.dir + "/t"})
        self.assertEqual(depth_of(root + "/t"), (LEVELS, "bottom"))
        self.expect(204, "DELETE", self.dir + "/t")
        self.empty_trash()

    def test_copy_of_what_a_client_made_level_by_level(self):
        path = self.dir
        connection = self.server.connect()
        for _ in range(400):
            path += "/n"
            self.expect(201, "MKCOL", path, connection=connection)
        self.expect(201, "PUT", path + "/f", body=b"bottom", connection=connection)
        self.expect(201, "COPY", self.dir, {"Destination": self.dir + "-copy"}, connection=connection)
        connection.close()
        self.assertEqual(depth_of(self.server.root + self.dir + "-copy"), (400, "bottom"))

    def test_a_failed_copy_leaves_nothing(self):
        root = self.server.root + self.dir
        build(root + "/t", LEVELS)
        os.symlink("x/../../../../../../gone", root + "/t/n/n/broken")
        answer = self.request("COPY", self.dir + "/t", {"Destination": self.dir + "/copy"})
        self.assertEqual(answer.status, 403, answer)
        self.assertIn(b"link-elsewhere", answer.body)
        self.assertFalse(os.path.exists(root + "/copy"))
        self.assertEqual(os.listdir(self.server.root + "/.davit/tmp"), [])

    def test_listings_end_where_no_path_leads_further(self):
        build(self.server.root + self.dir + "/t", LEVELS)
        answer = self.expect(207, "PROPFIND", self.dir + "/t", {"Depth": "1"})
        self.assertEqual(answer.body.count(b"<D:response>"), 2)
        self.expect(207, "PROPFIND", self.dir + "/t", {"Depth": "infinity"})

    def test_a_tree_is_checked_to_its_bottom(self):
        server = Server()
        build(server.root + "/t", LEVELS)
        server.process.terminate()
        server.process.wait()
        done = subprocess.run([os.environ["DAVIT"], "fsck", server.root], capture_output=True, text=True, timeout=60, preexec_fn=lambda: (
            resource.setrlimit(resource.RLIMIT_STACK, (SMALL_STACK, SMALL_STACK)), resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))))
        subprocess.run(["rm", "-rf", server.root], check=True)
        self.assertEqual((done.returncode, done.stdout.splitlines()[0].split()[0]), (0, str(LEVELS + 3)), done)


if __name__ == "__main__":
    main()
