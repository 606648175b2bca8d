"""``make fuzz``: the whole corpus against a process of its own, and what became of it."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.fuzz.files import broken_files
from tests.fuzz.requests import broken_requests
from tests.fuzz.sender import Sender

#: Resident memory that the process with the gateway and all workers may have reached, in MB.
MAX_MEMORY_MB = 2500
_KEY = re.compile(r"exl_[A-Za-z0-9]+_[A-Za-z0-9_-]+")


def main() -> int:
    """Serve, attack, tell; 1 when anything is wrong."""
    with tempfile.TemporaryDirectory(prefix="examlens-fuzz-", ignore_cleanup_errors=True) as home:
        process, address, token = _serve(Path(home))
        try:
            is_fine = _run_corpus(process, address, token)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(120)
    return 0 if is_fine else 1


def _serve(home: Path) -> tuple[subprocess.Popen[bytes], str, str]:
    """A fresh ExamLens, its address and its admin key."""
    log = (home / "log").open("wb")
    environment = {
        **os.environ,
        "EXAMLENS_HOME": str(home / "data"),
        # Limits would end the attack before it began.
        "EXAMLENS_REQUESTS_PER_MINUTE": "0",
        "EXAMLENS_SUBMISSIONS_PER_MINUTE": "0",
        "COLUMNS": "400",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "examlens", "serve", "--port", "0", "--log-level", "ERROR"],
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline and process.poll() is None:
        said = (home / "log").read_text(errors="replace")
        address, key = re.search(r"http://127\.0\.0\.1:\d+", said), _KEY.search(said)
        if address and key:
            return process, address[0], key[0]
        time.sleep(0.2)
    process.kill()
    raise SystemExit(f"the server did not start:\n{(home / 'log').read_text()}")


def _run_corpus(process: subprocess.Popen[bytes], address: str, token: str) -> bool:
    started, before = time.monotonic(), _peak_mb(process)
    sender = Sender(address, token)
    verdicts = sender.try_all([*broken_requests(), *broken_files()])
    outcomes = Counter(verdict.outcome for verdict in verdicts)
    print(f"corpus: {len(verdicts)} inputs in {time.monotonic() - started:.0f} s")
    for outcome, count in outcomes.most_common():
        print(f"  {count:4}  {outcome}")
    wrong = [verdict for verdict in verdicts if verdict.complaint]
    for verdict in wrong:
        print(f"  WRONG  {verdict.case}: {verdict.complaint} ({verdict.outcome})")
    peak = _peak_mb(process)
    print(f"memory: {before:.0f} MB at start, {peak:.0f} MB at most, bound {MAX_MEMORY_MB} MB")
    return not wrong and peak < MAX_MEMORY_MB and _is_alive(process, sender)


def _peak_mb(process: subprocess.Popen[bytes]) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1000 if found else 0.0


def _is_alive(process: subprocess.Popen[bytes], sender: Sender) -> bool:
    is_alive = process.poll() is None and sender.get("/version").status == 200
    print("the process lives and is ready" if is_alive else "WRONG  the process is gone")
    return is_alive


if __name__ == "__main__":
    sys.exit(main())
