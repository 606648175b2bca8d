"""The PP-OCRv6 models that the rapidocr wheel carries, as onnxruntime sessions."""

import hashlib
import importlib.util
import os
from pathlib import Path

# Read when onnxruntime is imported, which otherwise begins to collect usage telemetry.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

from services.ocr.domain.ink.raster import Floats

DETECTOR = "PP-OCRv6_det_small.onnx"
RECOGNISER = "PP-OCRv6_rec_small.onnx"
#: The recogniser's last map before its head: 384 channels x 1 x steps.
RECOGNISER_MAP = "p2o.pd_op.pool2d.1.0"
#: Wire type of texts and messages in protocol buffers, and the largest length of one byte.
LENGTH_DELIMITED, MAX_ONE_BYTE = 2, 127


class OnnxModel:
    """One model. Calls from several threads are safe: an onnxruntime session is.

    ``has_arena``: buffers are kept from call to call. For a model that is called for every line of
    a page this saves four of five page faults, a fifth of the time; for one whose inputs are whole
    pages, each of another size, the arena would keep the largest of each. ``inner`` names a tensor
    inside the model that is given beside its own output.
    """

    def __init__(
        self, name: str, threads: int, *, has_arena: bool, inner: str | None = None
    ) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = has_arena
        # A pattern for each width it ever saw would make the arena half as large again.
        options.enable_mem_pattern = not has_arena
        # Waiting threads would burn the core that another page, or another process, could use.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4
        model = model_path(name).read_bytes()
        #: Tells whether what was trained on this model's tensors belongs to it.
        self.digest = hashlib.sha256(model).hexdigest()
        self._session = onnxruntime.InferenceSession(
            model if inner is None else with_output(model, inner),
            options,
            providers=["CPUExecutionProvider"],
        )
        self._input = self._session.get_inputs()[0].name

    def __call__(self, batch: Floats) -> list[Floats]:
        """The model's output for ``batch``, and its inner tensor where one was asked for."""
        outputs: list[Floats] = self._session.run(None, {self._input: batch})
        return outputs

    def metadata(self, key: str) -> str:
        """A text stored in the model file; raises KeyError when there is none."""
        return str(self._session.get_modelmeta().custom_metadata_map[key])


def with_output(model: bytes, tensor: str) -> bytes:
    """A serialised ``model`` with one more output, a tensor that its graph works out anyway.

    Messages of protocol buffers that are written one after the other are read as one, with their
    lists joined: here ModelProto.graph (7) . output (12) . name (1), each a length and its bytes.
    """
    message = tensor.encode()
    for number in (1, 12, 7):
        if len(message) > MAX_ONE_BYTE:
            raise ValueError(f"the name {tensor} is too long for a length of one byte")
        message = bytes([number << 3 | LENGTH_DELIMITED, len(message)]) + message
    return model + message


def model_path(name: str) -> Path:
    """Where the installed wheel keeps ``name``. The wheel's own code is not imported."""
    spec = importlib.util.find_spec("rapidocr")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the rapidocr wheel, which holds the models, is not installed")
    path = Path(spec.submodule_search_locations[0]) / "models" / name
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing; this release needs rapidocr 3.10")
    return path
