"""``make fuzz``: the corpus and schemathesis against a process of its own, and what became of it.

python -m tests.fuzz [--only corpus|schema] [--seed 1] [--max-examples 50]
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from examlens.client import ExamLensClient
from shared.contract.answer_key import AnswerKey
from tests.fuzz.files import broken_files
from tests.fuzz.requests import broken_requests
from tests.fuzz.schema import SchemaRun, run_schemathesis
from tests.fuzz.sender import Sender

#: Resident memory that the process with the gateway and all workers may have reached, in MB.
MAX_MEMORY_MB = 2500
_SAMPLE = Path(__file__).parents[2] / "samples" / "zh-maths"
_KEY = re.compile(r"exl_[A-Za-z0-9]+_[A-Za-z0-9_-]+")


def main() -> int:
    """Serve, attack, tell; 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["corpus", "schema"])
    parser.add_argument("--seed", type=int, help="Of schemathesis; default: another each time.")
    parser.add_argument("--max-examples", type=int, default=50)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="examlens-fuzz-", ignore_cleanup_errors=True) as home:
        process, address, token = _serve(Path(home))
        try:
            verdicts = []
            if given.only != "schema":
                verdicts.append(_run_corpus(process, address, token))
            if given.only != "corpus":
                verdicts.append(_run_schema(address, token, given.max_examples, given.seed))
            verdicts.append(_is_bounded(process))
            verdicts.append(_is_alive(process, Sender(address, token)))
            is_fine = all(verdicts)
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
        # Nor is there time to wait for exams that nothing happens to.
        "EXAMLENS_MAX_WAIT_SECONDS": "5",
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
    print(f"  memory {before:.0f} MB before, {_peak_mb(process):.0f} MB at most")
    return not wrong


def _run_schema(address: str, token: str, max_examples: int, seed: int | None) -> bool:
    with ExamLensClient(address, token) as client:
        paper = client.create_paper(
            AnswerKey.model_validate_json((_SAMPLE / "key.json").read_text())
        )
        pages = [_SAMPLE / "paper.png"]
        exams = [
            client.submit(pages, paper_id=paper.paper_id, student_ref=f"s-{number}", force=True)
            for number in range(2)
        ]
        exam_ids = [exam.exam_id for exam in exams]
        for exam_id in exam_ids:
            client.wait(exam_id, timeout_seconds=300)
    is_fine = True
    for name, key in (("with a key", token), ("without a key", None)):
        started = time.monotonic()
        asked = SchemaRun(
            address, key, exam_ids, [paper.paper_id], max_examples=max_examples, seed=seed
        )
        outcome = run_schemathesis(asked)
        told = outcome.summary if outcome.is_fine else outcome.report
        print(f"schemathesis {name}, all checks, {time.monotonic() - started:.0f} s:\n{told}")
        is_fine &= outcome.is_fine
    return is_fine


def _is_bounded(process: subprocess.Popen[bytes]) -> bool:
    peak = _peak_mb(process)
    print(f"memory: {peak:.0f} MB at most, bound {MAX_MEMORY_MB} MB")
    return peak < MAX_MEMORY_MB


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
