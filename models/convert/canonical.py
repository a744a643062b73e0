"""One spelling for one network: tf2onnx and onnxsim number and order things differently on every run."""

from onnx import ModelProto, NodeProto, TensorProto


def canonical(model: ModelProto) -> None:
    """Order the nodes by need, number nodes and values in that order, drop what nothing uses, in place.

    The names of inputs and outputs stay, because the program asks for them.
    """
    graph = model.graph
    outside = {value.name for value in (*graph.input, *graph.output)}
    held = {tensor.name: tensor for tensor in graph.initializer}
    names: dict[str, str] = {}
    weights: list[str] = []

    def renamed(name: str) -> str:
        if not name or name in outside:
            return name
        if name not in names:
            names[name] = f"v{len(names)}"
            if name in held:
                weights.append(name)
        return names[name]

    nodes = []
    for position, old in enumerate(in_order_of_need(model)):
        node = NodeProto()
        node.CopyFrom(old)
        node.name = f"n{position}"
        node.doc_string = ""
        node.input[:] = [renamed(name) for name in old.input]
        node.output[:] = [renamed(name) for name in old.output]
        attributes = sorted(old.attribute, key=lambda attribute: attribute.name)
        del node.attribute[:]
        node.attribute.extend(attributes)
        nodes.append(node)
    tensors = []
    for name in weights:
        tensor = TensorProto()
        tensor.CopyFrom(held[name])
        tensor.name = names[name]
        tensor.doc_string = ""
        tensors.append(tensor)

    del graph.node[:], graph.initializer[:], graph.value_info[:], model.metadata_props[:]
    graph.node.extend(nodes)
    graph.initializer.extend(tensors)
    graph.name = "g"
    graph.doc_string = model.doc_string = model.producer_version = ""


def in_order_of_need(model: ModelProto) -> list[NodeProto]:
    """The nodes that the outputs need, each after those it needs itself, first input first.

    Iterative: the deepest network is a chain of several hundred nodes.
    """
    made_by = {name: node for node in model.graph.node for name in node.output}
    order: list[NodeProto] = []
    done: set[int] = set()
    for output in model.graph.output:
        waiting = [output.name]
        while waiting:
            node = made_by.get(waiting[-1])
            if node is None or id(node) in done:
                waiting.pop()
                continue
            missing = next((name for name in node.input if name in made_by and id(made_by[name]) not in done), None)
            if missing is not None:
                waiting.append(missing)
                continue
            waiting.pop()
            done.add(id(node))
            order.append(node)
    return order
