#!/usr/bin/env python3
"""Torments the real daemon and checks after each scenario that nothing was lost and nothing written twice.

usage: torture.py BINARY [--seconds N | --seeds A,B,C] [--keep FOLDER]

A scenario is drawn from its seed: a real systemd-journald takes numbered entries while the daemon delivers them to a
rotated file and to a syslog receiver, and meanwhile things happen to all of them: the journal is rotated, vacuumed,
truncated, damaged; the clock steps; the receiver goes, stalls, resets; the disk is full, slow, not writable; daemon and
reader are killed; settings change, also to wrong ones; others rename the files. Then everything is well again, and:

  - each entry is in the files exactly once, and arrived at the receiver at least once; only entries in journal files
    that the scenario destroyed before they were read may be missing, and then an event says so, unless the entry is
    there with other text; where nothing was destroyed, no event says that something may be missing;
  - no line is torn, and the ledger holds;
  - memory stays below 40 MiB, and descriptors do not grow.

Each scenario has mounts of its own: nothing outside its folder is touched. It needs root and systemd-journald; without
them nothing is run, and that is said.
"""

import argparse, collections, gzip, json, os, random, re, shutil, signal, socket, struct, subprocess, sys, tempfile
import threading, time, zlib

JOURNALD = "/lib/systemd/systemd-journald"
HERE = os.path.dirname(os.path.abspath(__file__))
ENTRY = re.compile(rb"torture N=(\d+) c=([0-9a-f]{8});")
MEMORY_LIMIT = 40 << 20


def text_of(number):
    """The text of an entry; its checksum tells an entry that was damaged from another one."""
    return b"torture N=%d c=%08x;" % (number, zlib.crc32(b"%d" % number))


def numbers_in(line):
    """The number of the entry in a line; nothing for other lines and damaged entries."""
    match = ENTRY.search(line)
    return [int(match[1])] if match and int(match[2], 16) == zlib.crc32(match[1]) else []


class Receiver:
    """A syslog receiver over TCP that counts what arrives, and misbehaves when told to."""

    def __init__(self):
        self.counts = collections.Counter()
        self.listener = None
        self.port = 0
        self.connections = []
        self.reading = threading.Event()
        self.reading.set()
        self.lock = threading.Lock()
        self.open()

    def open(self):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(16)
        self.port = listener.getsockname()[1]
        self.listener = listener
        threading.Thread(target=self.accept, args=(listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections.append(connection)
            threading.Thread(target=self.read, args=(connection,), daemon=True).start()

    def read(self, connection):
        rest = b""
        while True:
            self.reading.wait()
            try:
                data = connection.recv(1 << 16)
            except OSError:
                data = b""
            if not data:
                break
            rest = self.take(rest + data)
        with self.lock:
            if connection in self.connections:
                self.connections.remove(connection)
        connection.close()

    def take(self, data):
        """Counts the whole frames, of either framing, and returns the rest."""
        while data:
            if data[:1] == b"<":
                message, separator, rest = data.partition(b"\n")
                if not separator:
                    return data
            else:
                length, separator, rest = data[:12].partition(b" ")
                if not separator or len(data) - len(length) - 1 < int(length):
                    return data
                message = data[len(length) + 1 : len(length) + 1 + int(length)]
                rest = data[len(length) + 1 + int(length) :]
            with self.lock:
                self.counts.update(numbers_in(message))
            data = rest
        return b""

    def half_close(self):
        """Says that it will send no more, as a receiver that stops does, and reads what is still coming."""
        with self.lock:
            connections = list(self.connections)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass

    def close(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        self.half_close()

    def reset(self):
        """Resets every connection. To be called when nothing is on its way: what only the kernel has is lost."""
        with self.lock:
            connections = list(self.connections)
        for connection in connections:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            try:
                # The reading thread holds the socket in recv; ending that lets the close go out.
                connection.shutdown(socket.SHUT_RD)
            except OSError:
                pass


class Failure(Exception):
    pass


class Scenario:
    def __init__(self, seed, binary, folder, shim):
        self.seed, self.binary, self.folder = seed, binary, folder
        self.random = random.Random(seed)
        self.disk = folder + "/disk"
        self.log = self.disk + "/log"
        self.settings = folder + "/tributary.yaml"
        self.socket = folder + "/socket"
        self.shim, self.shim_file = shim, folder + "/shim"
        self.sent = 0
        self.excused = set()
        self.destroyed = 0
        self.kills = 0
        self.story = []
        self.daemon = None
        self.moved = 0
        self.rate = self.random.choice([300, 1000, 3000])
        self.producing = threading.Event()
        self.receiver = Receiver()

    # What is under test

    def write_settings(self):
        choose = self.random.choice
        rules = os.path.join(HERE, "../../packaging/rules") if choose([0, 0, 0, 1]) else "false"
        with open(self.settings + ".new", "w") as file:
            file.write(
                f"spool: {{directory: {self.disk}/spool, max-size: 64MiB}}\n"
                "sources: {journal: {type: journald, start: beginning, boots: all}}\n"
                "sinks:\n"
                f"  events: {{type: file, path: {self.log}/events.log, "
                f"rotate: {{size: {choose(['200KiB', '1MiB', '4MiB'])}, keep: all, compress: {choose(['gzip', 'none'])}}}}}\n"
                f"  siem: {{type: syslog, address: 'tcp://127.0.0.1:{self.receiver.port}', "
                f"framing: {choose(['octet-counting', 'newline'])}, structured-data: {choose(['none', 'safe'])}, enterprise-id: 32473}}\n"
                f"api: {{socket: {self.socket}}}\nnormalization: {{shipped-rules: {rules}}}\nlog: {{format: text}}\n")
        os.rename(self.settings + ".new", self.settings)

    def start(self):
        environment = dict(os.environ, LD_PRELOAD=self.shim, TORTURE_SHIM=self.shim_file, SWIFT_BACKTRACE="enable=no")
        with open(self.folder + "/daemon.log", "ab") as log:
            self.daemon = subprocess.Popen(
                ["setpriv", "--reuid=65534", "--regid=65534", "--groups=systemd-journal", self.binary, "run",
                 "--config", self.settings], stdout=log, stderr=log, env=environment)

    def serve(self):
        """What a service manager does: a daemon that could not use its spool is started again."""
        while self.daemon.poll() is not None:
            if self.daemon.returncode != 73:
                raise Failure(f"the daemon ended by itself: {self.daemon.returncode}")
            time.sleep(0.2)
            self.start()
            time.sleep(0.5)

    def stop(self, how):
        self.daemon.send_signal(how)
        self.daemon.wait()

    def tell(self, number):
        """Sends a signal, but not before the program has come to its own code: until then any signal ends it.

        That a signal is blocked says nothing: a library may do that for a moment before.
        """
        def is_heard():
            masks = [int(line.split()[1], 16) for line in open(f"/proc/{self.daemon.pid}/status")
                     if line.startswith(("SigIgn:", "SigCgt:"))]
            return any(mask >> (number - 1) & 1 for mask in masks)

        self.wait("the daemon hears signals", 20, is_heard)
        self.daemon.send_signal(number)

    def children(self):
        path = f"/proc/{self.daemon.pid}/task"
        try:
            return [int(child) for task in os.listdir(path) for child in open(f"{path}/{task}/children").read().split()]
        except OSError:
            return []

    def set_shim(self, offset=0, delay=0):
        with open(self.shim_file, "r+b" if os.path.exists(self.shim_file) else "w+b") as file:
            file.write(struct.pack("<qq", offset, delay))

    # The journal

    def prepare(self):
        def mount(*arguments):
            subprocess.run(["mount", *arguments], check=True)

        os.makedirs(self.disk)
        os.chmod(self.folder, 0o755)
        mount("--make-rprivate", "/")
        mount("-t", "tmpfs", "tmpfs", "/run")
        mount("-t", "tmpfs", "tmpfs", "/var/log")
        mount("-t", "tmpfs", "-o", "size=192m,mode=0755", "tmpfs", self.disk)
        for path in ["/run/systemd/journal", "/run/log/journal", "/var/log/journal", self.log]:
            os.makedirs(path)
        # As systemd's tmpfiles have it: new files are the group's.
        shutil.chown("/var/log/journal", group="systemd-journal")
        os.chmod("/var/log/journal", 0o2755)
        open("/run/systemd/journal/flushed", "w").close()
        conf = self.folder + "/journald.conf"
        with open(conf, "w") as file:
            file.write("[Journal]\nStorage=persistent\nRateLimitIntervalSec=0\nReadKMsg=no\nAudit=no\nSeal=no\n"
                       f"ForwardToSyslog=no\nForwardToWall=no\nSystemMaxUse=256M\nSystemMaxFileSize={self.random.choice([2, 8])}M\n")
        mount("--bind", conf, "/etc/systemd/journald.conf")
        os.makedirs(self.disk + "/spool")
        for path in [self.disk + "/spool", self.log]:
            os.chown(path, 65534, 65534)
        os.chown(self.folder, 65534, 65534)
        self.set_shim()
        self.journald = subprocess.Popen([JOURNALD], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait("journald listens", 20, lambda: os.path.exists("/run/systemd/journal/socket"))

    def produce(self):
        """Sends entries for as long as it may, many sizes of them."""
        own = random.Random(self.seed + 1)
        target = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        target.connect("/run/systemd/journal/socket")
        while self.producing.is_set():
            for _ in range(max(1, self.rate // 50)):
                padding = b"x" * own.choice([0, 10, 100, 100, 300, 2000])
                message = text_of(self.sent) + own.choice([b"", b" two\nlines \x01", b" \xff\xfe \xe2\x80\xa8"]) + padding
                fields = b"MESSAGE\n" + struct.pack("<Q", len(message)) + message + b"\n"
                fields += b"PRIORITY=%d\nSYSLOG_IDENTIFIER=torture\nTORTURE_N=%d\n" % (own.randrange(8), self.sent)
                target.send(fields)
                self.sent += 1
            time.sleep(0.02)

    def archived(self):
        return [os.path.join(root, name) for root, _, names in os.walk("/var/log/journal") for name in names
                if "@" in name and name.endswith(".journal")]

    def numbers_of(self, path):
        output = subprocess.run(["journalctl", "--file", path, "--output=cat", "--output-fields=TORTURE_N", "--quiet"],
                                capture_output=True).stdout
        return {int(line) for line in output.split() if line.isdigit()}

    def destroy(self, how):
        if not self.archived():
            self.journald.send_signal(signal.SIGUSR2)
            time.sleep(0.3)
        files = sorted(self.archived())
        if not files:
            return "nothing to destroy"
        path = self.random.choice(files)
        # What was delivered before is not excused of being there.
        self.excused |= self.numbers_of(path)
        self.destroyed += 1
        how(path)
        return os.path.basename(path)

    def truncate(self, path):
        os.truncate(path, self.random.randrange(os.path.getsize(path)))

    def flip(self, path):
        with open(path, "r+b") as file:
            for _ in range(self.random.choice([1, 20])):
                file.seek(self.random.randrange(os.path.getsize(path)))
                file.write(bytes([self.random.randrange(256)]))

    # What happens

    def pause(self, least, most):
        time.sleep(self.random.uniform(least, most))

    def kill_daemon(self):
        self.kills += 1
        self.stop(signal.SIGKILL)
        self.pause(0, 1)
        self.start()

    def kill_reader(self):
        for child in self.children():
            self.kills += 1
            os.kill(child, signal.SIGKILL)

    def restart(self):
        self.stop(signal.SIGTERM)
        self.pause(0, 0.5)
        self.write_settings()
        self.start()

    def freeze(self):
        self.daemon.send_signal(signal.SIGSTOP)
        self.pause(0.1, 1.5)
        self.daemon.send_signal(signal.SIGCONT)

    def freeze_and_rotate(self):
        """The reader waits for a daemon that takes nothing while the journal becomes another file, again and again."""
        for _ in range(self.random.randint(2, 4)):
            self.daemon.send_signal(signal.SIGSTOP)
            time.sleep(1)
            self.journal_rotate()
            time.sleep(0.3)
            self.daemon.send_signal(signal.SIGCONT)
            self.pause(0.2, 0.5)

    def reload(self):
        self.write_settings()
        self.tell(signal.SIGHUP)

    def reload_wrong(self):
        # A daemon that is starting reads them as its first ones, and is right to end.
        end = time.monotonic() + 20
        while self.status() is None:
            self.serve()
            if time.monotonic() > end:
                return "not running"
        good = open(self.settings).read()
        with open(self.settings, "w") as file:
            file.write(self.random.choice(["sinks: [", "sinks: {a: {type: nonsense}}", "\0", good[: len(good) // 2]]))
        self.tell(signal.SIGHUP)
        self.pause(0.1, 0.5)
        with open(self.settings, "w") as file:
            file.write(good)

    def rename_file(self):
        path = self.log + "/events.log"
        if os.path.exists(path):
            self.moved += 1
            os.rename(path, f"{self.log}/moved-{self.moved}")
            self.tell(signal.SIGUSR1)

    def journal_rotate(self):
        self.journald.send_signal(signal.SIGUSR2)

    def journal_vacuum(self):
        return self.destroy(os.remove)

    def journal_truncate(self):
        return self.destroy(self.truncate)

    def journal_damage(self):
        return self.destroy(self.flip)

    def receiver_away(self):
        self.receiver.close()
        self.pause(0.2, 2)
        self.receiver.open()

    def receiver_half_closes(self):
        for _ in range(self.random.choice([1, 5])):
            self.receiver.half_close()
            self.pause(0.05, 0.3)

    def receiver_stalls(self):
        self.receiver.reading.clear()
        self.pause(0.2, 2)
        self.receiver.reading.set()

    def receiver_resets(self):
        # What is in the receiver's kernel when it resets is lost to any sender; so nothing must be.
        self.daemon.send_signal(signal.SIGSTOP)
        time.sleep(0.3)
        self.receiver.reset()
        time.sleep(0.1)
        self.daemon.send_signal(signal.SIGCONT)

    def disk_full(self):
        path = self.disk + "/ballast"
        try:
            with open(path, "wb") as file:
                while True:
                    file.write(b"\0" * (1 << 20))
                    file.flush()
        except OSError:
            pass
        self.pause(0.2, 2)
        os.remove(path)

    def folder_not_writable(self):
        path = self.random.choice([self.log, self.disk + "/spool", self.disk + "/spool/sinks"])
        if os.path.exists(path):
            mode = os.stat(path).st_mode
            os.chmod(path, 0o555)
            self.pause(0.2, 1.5)
            os.chmod(path, mode)

    def disk_slow(self):
        self.set_shim(delay=self.random.choice([20_000, 300_000]))
        self.pause(0.3, 1.5)
        self.set_shim()

    def clock_steps(self):
        self.set_shim(offset=self.random.choice([-7200, -60, 60, 86_400]) * 1_000_000)
        self.pause(0.2, 1)
        if self.random.random() < 0.5:
            self.set_shim()

    ACTIONS = [
        kill_daemon, kill_daemon, kill_daemon, kill_reader, restart, freeze, freeze_and_rotate, reload, reload_wrong,
        rename_file,
        journal_rotate, journal_rotate, journal_vacuum, journal_truncate, journal_damage, receiver_away,
        receiver_half_closes, receiver_stalls, receiver_resets, disk_full, folder_not_writable, disk_slow, clock_steps,
    ]

    # The run

    def wait(self, what, seconds, is_so):
        end = time.monotonic() + seconds
        while not is_so():
            if self.daemon:
                self.serve()
            if time.monotonic() > end:
                raise Failure(f"not within {seconds} s: {what}")
            time.sleep(0.05)

    def command(self, *arguments):
        return subprocess.run([self.binary, *arguments, "--socket", self.socket], capture_output=True, text=True)

    def status(self):
        result = self.command("status", "--json")
        try:
            return json.loads(result.stdout)
        except ValueError:
            return None

    def is_journaled(self):
        output = subprocess.run(["journalctl", "--quiet", "--lines=1", "--output=cat", "--output-fields=TORTURE_N",
                                 "--identifier=torture"], capture_output=True).stdout
        return output.strip() == b"%d" % (self.sent - 1)

    def is_settled(self):
        status = self.status()
        if not status or any(sink["waiting"] for sink in status["sinks"]):
            self.last_status = status
            return False
        journal = [source for source in status["sources"] if source["name"] == "journal"]
        self.last_status = status
        if not journal or journal[0].get("lagSeconds") != 0 or status["spool"]["taken"] != self.taken:
            self.taken, self.since = status["spool"]["taken"], time.monotonic()
        # Nothing came for so long that nothing is on its way.
        return time.monotonic() - self.since > 2

    def run(self):
        self.prepare()
        self.write_settings()
        self.producing.set()
        producer = threading.Thread(target=self.produce, daemon=True)
        producer.start()
        self.start()
        self.pause(0.2, 1.5)
        for action in [self.random.choice(self.ACTIONS) for _ in range(self.random.randint(3, 9))]:
            detail = action(self)
            self.story.append(action.__name__ + (f" {detail}" if detail else ""))
            self.pause(0, 0.6)
            self.serve()
        self.producing.clear()
        producer.join()
        self.set_shim()
        self.taken, self.since, self.last_status = -1, time.monotonic(), None
        self.wait("journald has written everything", 60, self.is_journaled)
        try:
            self.wait("everything is delivered", 90, self.is_settled)
        except Failure as failure:
            raise Failure(f"{failure}; {json.dumps(self.last_status)}")
        return self.judge()

    def lines(self):
        for name in os.listdir(self.log):
            path = f"{self.log}/{name}"
            if name.endswith(".partial"):
                continue
            with (gzip.open(path) if name.endswith(".gz") else open(path, "rb")) as file:
                for line in file:
                    yield name, line

    def judge(self):
        ledger = self.command("ledger")
        if ledger.returncode != 0:
            raise Failure(f"the ledger: {ledger.returncode} {ledger.stdout}{ledger.stderr}")
        status = self.status()
        memory = status["process"]["anonymousBytes"]
        for child in self.children():
            for line in open(f"/proc/{child}/status"):
                if line.startswith("RssAnon:"):
                    memory += int(line.split()[1]) << 10
        if memory > MEMORY_LIMIT:
            raise Failure(f"memory: {memory >> 10} KiB anonymous")
        if status["process"]["openFiles"] > 64:
            raise Failure(f"descriptors: {status['process']['openFiles']}")
        self.stop(signal.SIGTERM)
        if self.daemon.returncode != 0:
            raise Failure(f"the daemon's stop: {self.daemon.returncode}")
        written, gaps, damaged = collections.Counter(), 0, 0
        for name, line in self.lines():
            if not line.endswith(b'"\n') or not line[:4].isdigit():
                raise Failure(f"a torn line in {name}: {line[:200]!r}")
            if b' kind="Software.Log.Gap"' in line or b' kind="Software.Log.Quarantined"' in line or b' kind="Software.Log.Damaged"' in line:
                gaps += 1
            if b' source="journal"' in line and b'torture N=' in line:
                written.update(numbers_in(line))
            if b' source="journal"' in line and b' origin="torture"' in line and not numbers_in(line):
                damaged += 1
        everything = set(range(self.sent))
        lost = everything - set(written) - self.excused
        repeated = [number for number, count in written.items() if count > 1]
        unsent = everything - set(self.receiver.counts) - (self.excused - set(written))
        if lost:
            raise Failure(f"{len(lost)} of {self.sent} lost in files: {sorted(lost)[:10]}")
        if repeated:
            raise Failure(f"{len(repeated)} repeated in files: {sorted(repeated)[:10]}")
        if unsent:
            raise Failure(f"{len(unsent)} of {self.sent} never arrived at the receiver: {sorted(unsent)[:10]}")
        if gaps and not self.destroyed:
            raise Failure(f"{gaps} events say that entries may be missing, and nothing was destroyed")
        gone = len(everything - set(written))
        # What went before the first entry was read is nobody's gap.
        noticed = [number for number in everything - set(written) if number > min(written, default=0)]
        # Text that was changed in a journal file is delivered as it is: a journal has no checksums that tell.
        if len(noticed) > damaged and not gaps:
            raise Failure(f"{len(noticed)} entries of destroyed journal files are missing, and no event says so")
        resent = sum(count - 1 for count in self.receiver.counts.values())
        return {"events": self.sent, "kills": self.kills, "destroyed": gone, "resent": resent,
                "memory": memory, "actions": len(self.story)}

    def keep(self, folder):
        """Copies what is in the scenario's mounts, which go with it."""
        for path, name in [(self.disk, "disk"), ("/var/log/journal", "journal")]:
            shutil.copytree(path, f"{folder}/{name}", dirs_exist_ok=True)
        for path in [self.settings, self.folder + "/daemon.log"]:
            shutil.copy(path, folder)


def run_scenario(arguments):
    scenario = Scenario(arguments.scenario, arguments.binary, arguments.folder, arguments.shim)
    try:
        print(json.dumps(scenario.run()))
        code = 0
    except Failure as failure:
        print(json.dumps({"failure": str(failure), "story": scenario.story}))
        code = 1
        if arguments.keep:
            scenario.keep(f"{arguments.keep}/{arguments.scenario}")
    finally:
        for process in [scenario.daemon, getattr(scenario, "journald", None)]:
            if process and process.poll() is None:
                process.kill()
                process.wait()
    sys.stdout.flush()
    os._exit(code)


def obstacle():
    """Why no scenario can run here."""
    if os.geteuid() != 0:
        return "it needs root, for mounts of its own"
    if not os.path.exists(JOURNALD):
        return f"there is no {JOURNALD}"
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0:
        return "this machine allows no mount namespace"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("--seconds", type=float, default=60, help="how long, with random seeds (default: 60)")
    parser.add_argument("--seeds", help="these scenarios instead, with commas between")
    parser.add_argument("--keep", type=os.path.abspath, help="where files, spool and journal of scenarios that fail are kept")
    parser.add_argument("--scenario", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    parser.add_argument("--shim", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.scenario is not None:
        run_scenario(arguments)
    reason = obstacle()
    if reason:
        print(f"torture: skipped: {reason}")
        return 0
    base = tempfile.mkdtemp(prefix="tributary-torture-")
    os.chmod(base, 0o755)
    shim = base + "/shim.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", shim, HERE + "/shim.c", "-ldl"], check=True)
    if arguments.seeds:
        seeds = iter([int(seed) for seed in arguments.seeds.split(",")])
    else:
        seeds = iter(lambda: random.SystemRandom().randrange(10**9), None)
    end = time.monotonic() + arguments.seconds if not arguments.seeds else float("inf")
    total, failures, began = collections.Counter(), 0, time.monotonic()
    try:
        while time.monotonic() < end and (seed := next(seeds, None)) is not None:
            folder = f"{base}/{seed}"
            os.mkdir(folder)
            command = ["unshare", "--mount", sys.executable, os.path.abspath(__file__), arguments.binary,
                       "--scenario", str(seed), "--folder", folder, "--shim", shim]
            if arguments.keep:
                command += ["--keep", arguments.keep]
            try:
                process = subprocess.run(command, capture_output=True, text=True, timeout=300)
                result = json.loads(process.stdout.splitlines()[-1])
            except subprocess.TimeoutExpired:
                result = {"failure": "the scenario did not come to an end"}
            except (IndexError, ValueError):
                result = {"failure": process.stderr[-2000:]}
            total["scenarios"] += 1
            if "failure" in result:
                failures += 1
                print(f"seed {seed}: FAILED: {result['failure']}")
                for line in result.get("story", []):
                    print(f"    {line}")
                log = folder + "/daemon.log"
                if os.path.exists(log):
                    print("".join(f"    | {line}" for line in open(log, errors="replace").readlines()[-15:]))
                print(f"    again: torture.py {arguments.binary} --seeds {seed}", flush=True)
            else:
                total.update({key: value for key, value in result.items() if key != "memory"})
                total["memory"] = max(total["memory"], result["memory"])
            shutil.rmtree(folder, ignore_errors=True)
    except KeyboardInterrupt:
        pass
    finally:
        shutil.rmtree(base, ignore_errors=True)
    print(
        f"torture: {total['scenarios']} scenarios in {time.monotonic() - began:.0f} s, {total['actions']} things happened, "
        f"{total['kills']} kills, {total['events']} events: {failures} failures, 0 lost and 0 repeated in the files of the "
        f"others; {total['resent']} sent to the receiver again ({100 * total['resent'] / max(1, total['events']):.2f} %), "
        f"{total['destroyed']} gone with journal files that were destroyed unread; at most {total['memory'] >> 10} KiB of memory")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
