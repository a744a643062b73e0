"""Store weights in half precision; the network still computes in single precision."""

import numpy as np
from onnx import GraphProto, TensorProto, helper, numpy_helper

# Below this many values a tensor is a bias or a constant, and the extra node costs more than it saves.
SMALLEST = 64


def store_weights_as_half(graph: GraphProto) -> float:
    """Replace each large float32 initializer by a float16 one and a Cast back, in place.

    Returns the largest absolute change of a weight. It is 0 for the MediaPipe networks, whose
    files hold half precision already.
    """
    worst = 0.0
    casts = []
    for tensor in list(graph.initializer):
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < SMALLEST:
            continue
        halves = values.astype(np.float16)
        if not np.isfinite(halves).all():
            raise SystemExit(f"{tensor.name}: a weight is too large for half precision")
        worst = max(worst, float(np.abs(halves.astype(np.float32) - values).max()))
        stored = tensor.name + "_h"
        graph.initializer.remove(tensor)
        graph.initializer.append(numpy_helper.from_array(halves, stored))
        casts.append(helper.make_node("Cast", [stored], [tensor.name], to=TensorProto.FLOAT))
    for at, node in enumerate(casts):
        graph.node.insert(at, node)
    return worst
