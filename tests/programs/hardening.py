"""The installed program is built as Debian builds its own servers, and keeps its memory to itself. For the release build.
    hardening.py [PROGRAM]"""
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import unittest
PROGRAM = os.environ["DAVIT"]


def readelf(option):
    return subprocess.run(["readelf", "-W", option, PROGRAM], check=True, capture_output=True, text=True).stdout


class Elf(unittest.TestCase):
    def test_addresses_are_not_fixed(self):
        self.assertRegex(readelf("--file-header"), r"Type:\s+DYN ")
        self.assertIn("PIE", readelf("--dynamic"))

    def test_tables_of_addresses_are_read_only(self):
        self.assertIn("GNU_RELRO", readelf("--program-headers"))
        self.assertRegex(readelf("--dynamic"), r"BIND_NOW|FLAGS_1.*NOW")

    def test_the_stack_is_not_executable(self):
        self.assertRegex(readelf("--program-headers"), r"GNU_STACK .* RW +0x")

    def test_stacks_copies_and_indices_are_checked(self):
        symbols = readelf("--dyn-syms")
        self.assertIn("__stack_chk_fail", symbols)
        self.assertRegex(symbols, r"__(memcpy|snprintf|vsnprintf|read|strncpy|fprintf|printf|memmove|memset|pread64|readlink|fdelt)_chk")
        self.assertIn("__glibcxx_assert_fail", symbols)

    @unittest.skipUnless(os.uname().machine == "x86_64", "instructions of x86-64")
    def test_jumps_and_stacks_are_guarded(self):
        code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", PROGRAM], check=True, capture_output=True, text=True).stdout
        self.assertGreater(code.count("endbr64"), 1000, "targets of indirect jumps are marked")
        self.assertRegex(code, r"sub +\$0x1000,%rsp\n[^\n]*orq +\$0x0,", "large frames touch every page")


class Memory(unittest.TestCase):
    def crash(self, config):
        """The limits of a server, and whether the kernel made a core when it was killed as by a fault."""
        soft = lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(folder + "/root")
            with open(folder + "/davit.toml", "w", encoding="ascii") as file:
                file.write(config)
            command = [PROGRAM, "serve", folder + "/root", "--listen", "127.0.0.1:0", "--config", folder + "/davit.toml"]
            server = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder, preexec_fn=soft)
            server.stdout.readline()
            with open(f"/proc/{server.pid}/limits", encoding="ascii") as file:
                limit = re.search(r"Max core file size +(\S+)", file.read()).group(1)
            server.send_signal(signal.SIGSEGV)
            code = server.wait(20)
            server.stdout.close()
            self.assertEqual(code, -signal.SIGSEGV)
            return limit

    def test_a_crash_leaves_no_core(self):
        self.assertEqual(self.crash(""), "0")

    def test_unless_the_operator_wants_one(self):
        self.assertEqual(self.crash("[server]\ncore_dumps = true\n"), "unlimited")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        PROGRAM = sys.argv.pop()
    unittest.main()
