"""MediaPipe's own transposed convolution, written in standard ONNX.

The selfie network ends in the custom operator Convolution2DTransposeBias: kernel 2, stride 2, no
padding, data NHWC, weights [out, height, width, in], a bias per output channel.
"""

import numpy as np
from onnx import GraphProto, helper, numpy_helper

CUSTOM = "TFL_Convolution2DTransposeBias"


def replace_transpose_conv(graph: GraphProto) -> None:
    """Replace the custom operator by Transpose, ConvTranspose, Transpose, in place; none present is fine."""
    found = [(at, node) for at, node in enumerate(graph.node) if node.op_type == CUSTOM]
    if not found:
        return
    if len(found) > 1:
        raise SystemExit(f"{len(found)} nodes of {CUSTOM}, expected one")
    at, node = found[0]
    data, weights, bias = node.input
    held = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    # ONNX wants [in, out, height, width].
    kernel = np.ascontiguousarray(held[weights].transpose(3, 0, 1, 2))
    graph.initializer.append(numpy_helper.from_array(kernel, "segment_w"))
    graph.initializer.append(numpy_helper.from_array(held[bias].reshape(-1), "segment_b"))
    standard = [
        helper.make_node("Transpose", [data], ["segment_in"], perm=[0, 3, 1, 2]),
        helper.make_node("ConvTranspose", ["segment_in", "segment_w", "segment_b"], ["segment_out"],
                         strides=[2, 2], kernel_shape=list(kernel.shape[2:])),
        helper.make_node("Transpose", ["segment_out"], [node.output[0]], perm=[0, 2, 3, 1]),
    ]
    graph.node.remove(node)
    for offset, new in enumerate(standard):
        graph.node.insert(at + offset, new)
