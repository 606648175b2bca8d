"""The OCR engine's library is told to keep to itself before it is loaded."""

import os
import subprocess
import sys


def test_telemetry_is_off_before_onnxruntime_is_imported() -> None:
    watch = (
        "import os, sys\n"
        "class Watch:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'onnxruntime':\n"
        "            print(os.environ.get('ORT_DISABLE_TELEMETRY'))\n"
        "sys.meta_path.insert(0, Watch())\n"
        "import services.ocr.worker\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    answer = subprocess.run(
        [sys.executable, "-c", watch], env=environment, capture_output=True, text=True, check=True
    )
    assert answer.stdout.split() == ["1"]
