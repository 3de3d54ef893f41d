"""pgbouncer in transaction mode before the server of the benches: many client sessions, few of the server's."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

PROGRAM = "/usr/sbin/pgbouncer"  # where Debian puts it, which is not on everybody's PATH
POOL = 20  # sessions of the server, ten for each of two cores
LISTENS_WITHIN = 10  # seconds

CONFIG = """\
[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = transaction
default_pool_size = {pool}
max_client_conn = {clients}
"""


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_until_it_listens(port, process, log):
    deadline = time.time() + LISTENS_WITHIN
    while True:
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        if process.poll() is not None or time.time() > deadline:
            raise SystemExit(f"error: pgbouncer does not listen on port {port}: {log.read_text(encoding='utf8')[-2000:]}")
        time.sleep(0.05)


@contextlib.contextmanager
def pooler(login, clients):
    """A running one for one login and that many clients at once; gives its port."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="steward-pooler-"))
    users, config, log = folder / "users.txt", folder / "pgbouncer.ini", folder / "log"
    port = free_port()
    users.write_text(f'"{login}" ""\n', encoding="utf8")
    config.write_text(CONFIG.format(server=os.environ["PGPORT"], port=port, users=users, pool=POOL, clients=clients + 10), encoding="utf8")
    command = [PROGRAM, str(config)]
    if os.geteuid() == 0:
        # It refuses to run as root, and whoever it becomes has to read what we wrote.
        command[1:1] = ["-u", "nobody"]
        folder.chmod(0o755)
        users.chmod(0o644)
        config.chmod(0o644)
    with log.open("w", encoding="utf8") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        wait_until_it_listens(port, process, log)
        yield port
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)
