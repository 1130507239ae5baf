"""half_weights.py: an ONNX file whose weights fit float16 → the same network, its weights stored as float16.

  python3 half_weights.py IN.onnx OUT.onnx

Every initialiser that float16 holds exactly is stored so, with a Cast back to float32 behind it: runtimes fold it
when they load the file. The numbers computed are the same to the last bit; the file is half as large."""
import sys
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SMALLEST = 64  # values: below that the Cast node is larger than what it saves


def half_weights(model):
    graph, casts, kept = model.graph, [], []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        with np.errstate(over='ignore'):
            half = values.astype(np.float16)
        if tensor.data_type != TensorProto.FLOAT or values.size < SMALLEST or not np.array_equal(half.astype(np.float32), values):
            kept.append(tensor)
            continue
        kept.append(numpy_helper.from_array(half, tensor.name + '.half'))
        casts.append(helper.make_node('Cast', [tensor.name + '.half'], [tensor.name], to=TensorProto.FLOAT))
    nodes = casts + list(graph.node)
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)
    onnx.checker.check_model(model, full_check=True)
    return model


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    onnx.save(half_weights(onnx.load(sys.argv[1])), sys.argv[2])
