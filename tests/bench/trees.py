"""Files and folders for the scenarios, made straight in the served folder, open to every server's user."""
import os
import shutil


def folder(path):
    os.makedirs(path, exist_ok=True)
    os.chmod(path, 0o777)
    return path


def write(path, size, byte=b"x"):
    if os.path.exists(path) and os.path.getsize(path) == size:
        return
    with open(path, "wb") as file:
        block = byte * min(size, 1 << 20)
        left = size
        while left > 0:
            left -= file.write(block[:left])
    os.chmod(path, 0o666)


def files(path, count, size=0):
    """`count` files f0, f1 ...; does nothing when they are there."""
    folder(path)
    directory = os.open(path, os.O_DIRECTORY)
    data = b"x" * size
    try:
        if count and os.path.exists(os.path.join(path, f"f{count - 1}")):
            return
        for number in range(count):
            file = os.open(f"f{number}", os.O_WRONLY | os.O_CREAT, 0o666, dir_fd=directory)
            if data:
                os.write(file, data)
            os.close(file)
    finally:
        os.close(directory)


def folders_of_files(path, folders, each):
    folder(path)
    for number in range(folders):
        files(os.path.join(path, f"d{number}"), each)


def remove(path):
    shutil.rmtree(path, ignore_errors=True)
