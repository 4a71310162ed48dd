"""Forms: what a model can be exported as."""

from pathlib import Path
from typing import Any, Literal

from livedigits.classify import LoadedModel
from livedigits.classify.convert import to_litert
from livedigits.classify.form import Inputs
from livedigits.classify.quiet import quiet_tensorflow
from livedigits.hush import hushed

Form = Literal["litert", "savedmodel"]

Precision = Literal["float32", "float16", "dynamic", "int8"]
"""Of a LiteRT file: as trained; weights rounded to half the size; dynamic range quantisation,
weights of eight bits and layers that reckon with the range of what they are given, a quarter of the
size and the fastest; or full integer quantisation, as small, with integers at both ends as well,
for machines that have nothing else. What an integer there stands for, scale and zero point, is in
the file."""


def litert_file(loaded: LoadedModel, precision: Precision, samples: Inputs) -> bytes:
    """The model as a LiteRT file.

    Args:
        loaded: of any format but LiteRT.
        precision: of the file.
        samples: `(n, *shape)` pictures that show, for int8, which values there are.
    """

    def adjust(converter: Any) -> None:
        # As in "Post-training quantization", ai.google.dev/edge/litert.
        tf = quiet_tensorflow()
        if precision != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if precision == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if precision == "int8":
            converter.representative_dataset = lambda: ([picture[None]] for picture in samples)
            # A layer that has no form in integers is refused, not left in floats.
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = converter.inference_output_type = tf.int8

    return to_litert(loaded, adjust)


def write_serving_model(loaded: LoadedModel, folder: Path, output: str) -> None:
    """Writes a SavedModel as TensorFlow Serving takes it.

    Its signature `serving_default` takes `input`, float32 `(n, *shape)`, whatever that was called
    in the model.

    Args:
        loaded: of any format but LiteRT.
        folder: to write.
        output: what to call the output.
    """
    tf = quiet_tensorflow()
    module = tf.Module()
    module.model = loaded.trackable
    pictures = tf.TensorSpec((None, *loaded.input_shape), tf.float32, name="input")
    module.read = tf.function(
        lambda pictures: {output: loaded.call(pictures)}, input_signature=[pictures]
    )
    with hushed():
        signature = module.read.get_concrete_function()
        tf.saved_model.save(module, str(folder), signatures={"serving_default": signature})
