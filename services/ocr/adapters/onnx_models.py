"""The PP-OCRv6 models that the rapidocr wheel carries, as onnxruntime sessions."""

import importlib.util
import os
from pathlib import Path

# Read when onnxruntime is imported, which otherwise begins to collect usage telemetry.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

from services.ocr.domain.ink.raster import Floats

DETECTOR = "PP-OCRv6_det_small.onnx"
RECOGNISER = "PP-OCRv6_rec_small.onnx"


class OnnxModel:
    """One model. Calls from several threads are safe: an onnxruntime session is.

    ``has_arena``: buffers are kept from call to call. For a model that is called for every line of
    a page this saves four of five page faults, a fifth of the time; for one whose inputs are whole
    pages, each of another size, the arena would keep the largest of each.
    """

    def __init__(self, name: str, threads: int, *, has_arena: bool) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = has_arena
        # A pattern for each width it ever saw would make the arena half as large again.
        options.enable_mem_pattern = not has_arena
        # Waiting threads would burn the core that another page, or another process, could use.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(
            str(model_path(name)), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name

    def __call__(self, batch: Floats) -> Floats:
        """The model's first output for ``batch``."""
        output: Floats = self._session.run(None, {self._input: batch})[0]
        return output

    def metadata(self, key: str) -> str:
        """A text stored in the model file; raises KeyError when there is none."""
        return str(self._session.get_modelmeta().custom_metadata_map[key])


def model_path(name: str) -> Path:
    """Where the installed wheel keeps ``name``. The wheel's own code is not imported."""
    spec = importlib.util.find_spec("rapidocr")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the rapidocr wheel, which holds the models, is not installed")
    path = Path(spec.submodule_search_locations[0]) / "models" / name
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing; this release needs rapidocr 3.10")
    return path
