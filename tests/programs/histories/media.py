"""A disk whose power can be cut: an ext4 image on an XFS that this makes, of which a reflink copy is what was on it at a moment."""
import os
import subprocess
import tempfile


def _run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout.strip()


class Disk:
    """`folder` lies on the disk. Root's, with loop devices; close() unmounts everything."""

    def __init__(self):
        self.work = tempfile.mkdtemp(prefix="davit-disk-")
        os.chmod(self.work, 0o755)
        self.mounted = []
        outer = self._path("outer")
        with open(self._path("outer.img"), "wb") as file:
            file.truncate(2 << 30)
        _run("mkfs.xfs", "-q", "-m", "reflink=1", self._path("outer.img"))
        self._mount(self._path("outer.img"), outer)
        self.image = os.path.join(outer, "disk.img")
        with open(self.image, "wb") as file:
            file.truncate(256 << 20)
        _run("mkfs.ext4", "-q", "-F", self.image)
        self.folder = self._path("disk")
        self._mount(self.image, self.folder)
        self.cuts = 0

    def _path(self, name):
        return os.path.join(self.work, name)

    def _mount(self, image, folder):
        os.makedirs(folder, exist_ok=True)
        _run("mount", "-o", "loop", image, folder)
        os.chmod(folder, 0o755)
        self.mounted.append(folder)

    def cut(self):
        """What would be on the disk if the power failed now."""
        self.cuts += 1
        snapshot = f"{self.image}.{self.cuts}"
        _run("cp", "--reflink=always", self.image, snapshot)
        return snapshot

    def after(self, snapshot):
        """Mounts a snapshot; its journal is replayed, as by the next boot."""
        folder = self._path(f"after{self.cuts}")
        self._mount(snapshot, folder)
        return folder

    def forget(self, snapshot, folder):
        _run("umount", folder)
        self.mounted.remove(folder)
        os.rmdir(folder)
        os.unlink(snapshot)

    def close(self):
        for folder in reversed(self.mounted):
            subprocess.run(["umount", folder], capture_output=True)
        subprocess.run(["rm", "-rf", "--one-file-system", self.work])
