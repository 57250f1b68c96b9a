"""Importing tfqueue is light: nothing heavy comes with it, no thread starts, no port opens, nothing is said."""

import json
import subprocess
import sys

HEAVY = ("tensorboardX", "prometheus_client", "google.protobuf", "PIL", "rich", "sklearn", "http.server", "asyncio")

PROGRAM = """
import json, os, sys, threading
before = len(os.listdir("/proc/self/fd"))
import tfqueue
print(json.dumps({
    "modules": sorted(sys.modules),
    "threads": threading.active_count(),
    "files": len(os.listdir("/proc/self/fd")) - before,
}))
"""


def test_importing_is_light() -> None:
    """A fresh `import tfqueue` loads none of the heavy packages, starts no thread, opens nothing and prints nothing."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True)
    found = json.loads(done.stdout)
    assert [name for name in HEAVY if name in found["modules"]] == []
    assert (found["threads"], found["files"], done.stderr) == (1, 0, "")
