"""What a server used: processor time and memory of all its processes, and what a load saw of it."""
import json
import os
import subprocess
import tempfile
import time

TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids):
    """User and system time of these processes with all their threads, ended ones too, and of the children they have waited for.
    The process clocks count nanoseconds; what is waited for comes in ticks."""
    total = 0.0
    for pid in pids:
        try:
            total += time.clock_gettime((~pid << 3) | 2)  # MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED)
            with open(f"/proc/{pid}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
            total += (int(fields[13]) + int(fields[14])) / TICK
        except OSError:  # ended: its parent's figures hold it
            pass
    return total


def memory_kib(pids, key):
    """The sum of a line of /proc/PID/status, VmHWM or VmRSS; pages shared between processes count in each."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/status") as file:
                total += next((int(line.split()[1]) for line in file if line.startswith(key)), 0)
        except OSError:
            pass
    return total


def private_kib(pids):
    """Memory that would come back if they all ended: the sum of proportional shares."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup") as file:
                total += next((int(line.split()[1]) for line in file if line.startswith("Pss:")), 0)
        except OSError:
            pass
    return total


def reset_peak(pids):
    for pid in pids:
        try:
            with open(f"/proc/{pid}/clear_refs", "w") as file:
                file.write("5")
        except OSError:
            pass


def settle(server, quiet=0.03, most=5.0):
    """Waits until the server works on nothing more, so that its work after an answer counts for that answer."""
    end = time.monotonic() + most
    before = cpu_seconds(server.pids())
    while time.monotonic() < end:
        time.sleep(quiet)
        now = cpu_seconds(server.pids())
        if now - before < 0.02 * quiet:
            return
        before = now


class LoadFailed(Exception):
    pass


def may_schedule():
    return subprocess.run(["chrt", "--fifo", "1", "true"], capture_output=True).returncode == 0


def run_load(program, port, connections, steps, count=None, seconds=None, start=0, modulo=0, values=None, save=None, limit=120,
             lossy=False, at_once=False):
    """steps: [(statuses, request bytes, filler bytes)]; the JSON of load.cpp as a dictionary. Raises LoadFailed on an answer with
    another status, unless `lossy`. `at_once`: the load gets a processor when it asks for one, as if on a machine of its own."""
    command = [*(("chrt", "--fifo", "1") if at_once and may_schedule() else ()), program, str(port), str(connections), "--limit", str(limit), "--start", str(start)]
    for name, value in (("--count", count), ("--seconds", seconds), ("--modulo", modulo or None), ("--values", values), ("--save", save)):
        if value is not None:
            command += [name, str(value)]
    with tempfile.TemporaryDirectory(prefix="davit-load-") as work:
        for number, (statuses, request, filler) in enumerate(steps):
            path = os.path.join(work, str(number))
            with open(path, "wb") as file:
                file.write(request)
            command += ["--step", ",".join(map(str, statuses)), path, str(filler)]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise LoadFailed(done.stderr.strip())
    result = json.loads(done.stdout)
    if result["failed"] and not lossy:
        raise LoadFailed(f"{result['failed']} of {result['failed'] + result['done']} failed: {result['first_failure'][:300]}")
    return result


def measured(server, work):
    """Calls work(), which returns a load's result; adds cpu (seconds), peak and idle memory (KiB)."""
    pids = server.pids()
    settle(server)
    reset_peak(pids)
    resting, before = memory_kib(pids, "VmRSS"), cpu_seconds(pids)
    result = work()
    result["cpu_answer"] = cpu_seconds(server.pids()) - before
    settle(server)
    pids = server.pids()
    result["cpu"] = cpu_seconds(pids) - before
    result["peak_kib"], result["resting_kib"] = memory_kib(pids, "VmHWM"), resting
    return result
