"""From the weights that face-api carries (TensorFlow.js, one byte a weight) to ONNX: the residual network of dlib.

The package holds weights only; the layers are those of dlib's `anet_type` (examples/dnn_face_recognition_ex.cpp).
"""

import json

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

# The stages of the network: name and whether it halves the sides.
RESIDUALS = [
    ("conv32_1", False), ("conv32_2", False), ("conv32_3", False),
    ("conv64_down", True), ("conv64_1", False), ("conv64_2", False), ("conv64_3", False),
    ("conv128_down", True), ("conv128_1", False), ("conv128_2", False),
    ("conv256_down", True), ("conv256_1", False), ("conv256_2", False), ("conv256_down_out", True),
]
SIDE = 150


def residual_network(manifest: bytes, weights: bytes, opset: int) -> ModelProto:
    """Input `face`, 1×3×150×150, (RGB − mean) / 256; output `likeness`, 1×128. The weights stay bytes, and their scale goes
    with the affine layer behind each convolution, so that an engine computes both once, when it loads."""
    held = tensors(json.loads(manifest), weights)
    graph = Graph()
    value, side = graph.convolution("face", held, "conv32_down", stride=2, pad=0, relu=True), (SIDE - 7) // 2 + 1
    value = graph.node("MaxPool", [value], kernel_shape=[3, 3], strides=[2, 2])
    side, channels = (side - 3) // 2 + 1, 32
    for name, down in RESIDUALS:
        out = graph.convolution(value, held, name + "/conv1", stride=2 if down else 1, pad=0 if down else 1, relu=True)
        out = graph.convolution(out, held, name + "/conv2", stride=1, pad=1, relu=False)
        if down:
            value = graph.node("AveragePool", [value], kernel_shape=[2, 2], strides=[2, 2])
            # What is smaller, or has fewer channels, is filled up with zeros at its end, as dlib's add_prev does.
            pooled, made = side // 2, (side - 3) // 2 + 1
            wide = held[name + "/conv2/conv/filters"][0].shape[3]
            value = graph.padded(value, channels=wide - channels, rows=0)
            out = graph.padded(out, channels=0, rows=pooled - made)
            side, channels = pooled, wide
        value = graph.node("Relu", [graph.node("Add", [value, out])])
    mean = graph.node("Reshape", [graph.node("GlobalAveragePool", [value]), graph.constant(np.array([1, 256]))])
    graph.node("MatMul", [mean, graph.constant(real(held["fc"]).astype(np.float32))], output="likeness")
    made = helper.make_graph(
        graph.nodes, "g",
        [helper.make_tensor_value_info("face", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("likeness", TensorProto.FLOAT, [1, 128])],
        graph.initializers)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def tensors(manifest: list, weights: bytes) -> dict:
    """Each tensor: values, and the scale and least value by which bytes become weights (1 and 0 where it holds floats)."""
    held, at = {}, 0
    for entry in manifest[0]["weights"]:
        how = entry.get("quantization", {"dtype": "float32", "scale": 1.0, "min": 0.0})
        size = int(np.prod(entry["shape"]))
        data = np.frombuffer(weights, np.dtype(how["dtype"]), size, at).reshape(entry["shape"])
        held[entry["name"]] = (data, how["scale"], how["min"])
        at += data.nbytes
    if at != len(weights):
        raise SystemExit(f"the manifest describes {at} bytes, the file has {len(weights)}")
    return held


def real(quantised: tuple) -> np.ndarray:
    data, scale, least = quantised
    return data.astype(np.float64) * scale + least


class Graph:
    def __init__(self) -> None:
        self.nodes, self.initializers = [], []

    def name(self) -> str:
        return f"t{len(self.nodes) + len(self.initializers)}"

    def constant(self, values: np.ndarray) -> str:
        name = self.name()
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str | None = None, **attributes) -> str:
        name = output or self.name()
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def dequantised(self, data: np.ndarray, scale: float, least: float, factor: np.ndarray) -> str:
        """The filters as floats, each output channel times its factor."""
        factor = factor.reshape(-1, 1, 1, 1)
        value = self.node("Cast", [self.constant(data)], to=TensorProto.FLOAT)
        value = self.node("Mul", [value, self.constant((scale * factor).astype(np.float32))])
        return self.node("Add", [value, self.constant((least * factor).astype(np.float32))])

    def convolution(self, value: str, held: dict, name: str, *, stride: int, pad: int, relu: bool) -> str:
        data, scale, least = held[name + "/conv/filters"]
        factor, shift = real(held[name + "/scale/weights"]), real(held[name + "/scale/biases"])
        bias = real(held[name + "/conv/bias"]) * factor + shift
        filters = self.dequantised(data.transpose(3, 2, 0, 1), scale, least, factor)
        value = self.node("Conv", [value, filters, self.constant(bias.astype(np.float32))],
                          kernel_shape=list(data.shape[:2]), strides=[stride, stride], pads=[pad] * 4)
        return self.node("Relu", [value]) if relu else value

    def padded(self, value: str, *, channels: int, rows: int) -> str:
        if channels == 0 and rows == 0:
            return value
        return self.node("Pad", [value, self.constant(np.array([0, 0, 0, 0, 0, channels, rows, rows]))])
