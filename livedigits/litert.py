"""LiteRT: what runs a small network without TensorFlow; imported when it is first needed."""

from typing import Any


def interpreter(content: bytes, threads: int) -> Any:
    """An `ai_edge_litert.interpreter.Interpreter` of a .tflite file.

    Args:
        content: of the file.
        threads: that one call uses.

    Raises:
        ValueError, RuntimeError: it is no such file.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        # Its C++ makes an error of its own of what a signal raises meanwhile.
        if isinstance(error.__cause__, (KeyboardInterrupt, SystemExit)):
            raise error.__cause__ from None
        raise
    return Interpreter(model_content=content, num_threads=threads)
