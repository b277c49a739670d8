"""What the served folders lie on, and room it holds for nothing."""
import subprocess
import tempfile


def _ask(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout.split()


def _image_in_memory(source):
    behind = _ask("losetup", "-nO", "BACK-FILE", source) if source.startswith("/dev/loop") else []
    return bool(behind) and behind[0].startswith("/dev/shm/")


def name():
    kind, source = (_ask("findmnt", "-no", "FSTYPE,SOURCE", "--target", tempfile.gettempdir()) + ["", ""])[:2]
    return f"an {kind} image in memory" if _image_in_memory(source) else kind


def give_back(folder):
    """An image in memory keeps what deleted files held until it is trimmed, and a machine that runs short of memory copies at a
    quarter of its speed. A disk is left alone."""
    target, source = (_ask("findmnt", "-no", "TARGET,SOURCE", "--target", folder) + ["", ""])[:2]
    if _image_in_memory(source):
        subprocess.run(["sync", "-f", folder])
        subprocess.run(["fstrim", target], capture_output=True)
