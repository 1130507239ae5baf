#!/usr/bin/env python3
"""convert.py MESH_PACKAGE OUT: MediaPipe's face detector and face mesh, TFLite → ONNX, checked against TFLite's own runtime.

MESH_PACKAGE is the unpacked npm package @mediapipe/face_mesh. Needs numpy, onnx and tflite; with --check also
ai-edge-litert and onnxruntime. No seed, no clock: the same package gives the same bytes. Weights stay the 16-bit floats
that they are in the package, each behind a Cast; tensors become [1,C,H,W]."""
import argparse
import pathlib
import re
import sys

import numpy as np
import onnx
import tflite
from onnx import TensorProto, helper

OPSET = 13
# file in the package → our file, and names for the outputs, which are cut before TFLite's reshapes: channels hold
# the anchors of a pixel one after another, which the reader takes apart itself.
NETWORKS = {
    "face_detection_short_range.tflite": "detector.onnx",
    "face_landmark.tflite": "mesh.onnx",
}
OUTPUTS = {
    "detector.onnx": {"classificators": ("scores16", "scores8"), "regressors": ("boxes16", "boxes8")},
    "mesh.onnx": {"conv2d_21": ("points",), "conv2d_31": ("presence",)},
}
CODES = {value: name for name, value in vars(tflite.BuiltinOperator).items() if isinstance(value, int)}


def unpack(package: pathlib.Path) -> dict:
    """The package keeps its files in one, with a table in the script that loads it."""
    loader = (package / "face_mesh_solution_packed_assets_loader.js").read_text()
    data = (package / "face_mesh_solution_packed_assets.data").read_bytes()
    table = re.findall(r'\{"filename": "([^"]+)", "start": (\d+), "end": (\d+)', loader)
    files = {name.rsplit("/", 1)[-1]: data[int(start):int(end)] for name, start, end in table}
    missing = [name for name in NETWORKS if name not in files]
    if missing:
        sys.exit(f"{package}: has no {missing[0]}; give the unpacked npm package @mediapipe/face_mesh")
    return files


class Conversion:
    """One TFLite graph of operations on [1,H,W,C] → one ONNX graph on [1,C,H,W]."""

    def __init__(self, data: bytes, name: str):
        self.model = tflite.Model.GetRootAsModel(data, 0)
        self.graph = self.model.Subgraphs(0)
        self.name = name
        self.nodes, self.initializers, self.constants, self.halves = [], [], {}, set()
        self.before_reshape = {}  # tensor → the tensors whose elements it holds

    def shape(self, tensor: int) -> list:
        return self.graph.Tensors(tensor).ShapeAsNumpy().tolist()

    def constant(self, tensor: int) -> np.ndarray:
        if tensor in self.constants:
            return self.constants[tensor]
        described = self.graph.Tensors(tensor)
        kind = {tflite.TensorType.FLOAT32: "<f4", tflite.TensorType.FLOAT16: "<f2", tflite.TensorType.INT32: "<i4"}[described.Type()]
        data = self.model.Buffers(described.Buffer()).DataAsNumpy()
        return np.frombuffer(data.tobytes(), kind).reshape(self.shape(tensor))

    def weight(self, name: str, array: np.ndarray) -> str:
        """As it is stored: 16 bits, made 32 where the network runs."""
        array = np.ascontiguousarray(array)
        if array.dtype == np.float16:
            self.initializers.append(onnx.numpy_helper.from_array(array, name + ".half"))
            self.nodes.append(helper.make_node("Cast", [name + ".half"], [name], name=name, to=TensorProto.FLOAT))
        else:
            self.initializers.append(onnx.numpy_helper.from_array(array, name))
        return name

    def same_pads(self, x: int, y: int, kernel, strides) -> list:
        """TFLite's SAME: what is odd goes to the bottom and to the right."""
        begin, end = [], []
        for axis in (0, 1):
            size, out = self.shape(x)[1 + axis], self.shape(y)[1 + axis]
            total = max(0, (out - 1) * strides[axis] + kernel[axis] - size)
            begin.append(total // 2)
            end.append(total - total // 2)
        return begin + end

    def options(self, operator, kind):
        table = operator.BuiltinOptions()
        options = kind()
        options.Init(table.Bytes, table.Pos)
        return options

    def window(self, options, x: int, y: int, kernel) -> dict:
        strides = [options.StrideH(), options.StrideW()]
        same = options.Padding() == tflite.Padding.SAME
        return {"kernel_shape": list(kernel), "strides": strides, "pads": self.same_pads(x, y, kernel, strides) if same else [0, 0, 0, 0]}

    def add(self, kind: str, inputs: list, output: int, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [f"t{output}"], name=f"{kind}_{output}", **attributes))

    def activated(self, options) -> bool:
        activation = options.FusedActivationFunction()
        if activation not in (tflite.ActivationFunctionType.NONE, tflite.ActivationFunctionType.RELU):
            sys.exit(f"{self.name}: fused activation {activation} is not known here")
        return activation == tflite.ActivationFunctionType.RELU

    def convolution(self, operator, code: str, x: int, ins: list, y: int):
        depthwise = code == "DEPTHWISE_CONV_2D"
        options = self.options(operator, tflite.DepthwiseConv2DOptions if depthwise else tflite.Conv2DOptions)
        weight = self.constant(ins[1])  # [out,h,w,in], of depthwise ones [1,h,w,channels]
        weight = weight.transpose(3, 0, 1, 2) if depthwise else weight.transpose(0, 3, 1, 2)
        window = self.window(options, x, y, weight.shape[2:])
        if self.activated(options):
            sys.exit(f"{self.name}: an activation fused into a convolution is not known here")
        inputs = [f"t{x}", self.weight(f"w{y}", weight), self.weight(f"b{y}", self.constant(ins[2]))]
        self.add("Conv", inputs, y, group=self.shape(x)[3] if depthwise else 1, **window)

    def pad(self, x: int, ins: list, y: int):
        pads = self.constant(ins[1])[[0, 3, 1, 2]].astype(np.int64)
        name = f"p{y}"
        self.initializers.append(onnx.numpy_helper.from_array(np.concatenate([pads[:, 0], pads[:, 1]]), name))
        self.add("Pad", [f"t{x}", name], y)

    def operation(self, operator):
        code = CODES[max(self.model.OperatorCodes(operator.OpcodeIndex()).BuiltinCode(),
                         self.model.OperatorCodes(operator.OpcodeIndex()).DeprecatedBuiltinCode())]
        ins, y = operator.InputsAsNumpy().tolist(), int(operator.OutputsAsNumpy()[0])
        x = ins[0]
        if code == "DEQUANTIZE":
            self.constants[y] = self.constant(x)
        elif code in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            self.convolution(operator, code, x, ins, y)
        elif code == "RELU":
            self.add("Relu", [f"t{x}"], y)
        elif code == "PRELU":
            slope = self.constant(ins[1])
            self.add("PRelu", [f"t{x}", self.weight(f"s{y}", slope.reshape(-1, 1, 1))], y)
        elif code == "ADD":
            if self.activated(self.options(operator, tflite.AddOptions)):
                sys.exit(f"{self.name}: an activation fused into a sum is not known here")
            self.add("Add", [f"t{x}", f"t{ins[1]}"], y)
        elif code == "MAX_POOL_2D":
            options = self.options(operator, tflite.Pool2DOptions)
            self.add("MaxPool", [f"t{x}"], y, **self.window(options, x, y, (options.FilterHeight(), options.FilterWidth())))
        elif code == "PAD":
            self.pad(x, ins, y)
        elif code == "RESHAPE":
            self.before_reshape[y] = self.before_reshape.get(x, [x])
        elif code == "CONCATENATION":
            self.before_reshape[y] = [t for i in ins for t in self.before_reshape[i]]
        else:
            sys.exit(f"{self.name}: operation {code} is not known here")

    def run(self) -> onnx.ModelProto:
        for i in range(self.graph.OperatorsLength()):
            self.operation(self.graph.Operators(i))
        outputs, rename = [], {}
        for tensor in self.graph.OutputsAsNumpy().tolist():
            names = OUTPUTS[self.name][self.graph.Tensors(tensor).Name().decode()]
            for name, part in zip(names, self.before_reshape.get(tensor, [tensor]), strict=True):
                n, h, w, c = self.shape(part)
                outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [n, c, h, w]))
                rename[f"t{part}"] = name
        entry = int(self.graph.InputsAsNumpy()[0])
        n, h, w, c = self.shape(entry)
        rename[f"t{entry}"] = "picture"
        for node in self.nodes:
            for names in (node.input, node.output):
                for i, name in enumerate(names):
                    names[i] = rename.get(name, name)
        picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, [n, c, h, w])
        graph = helper.make_graph(self.nodes, self.name.removesuffix(".onnx"), [picture], outputs, self.initializers)
        model = helper.make_model(graph, producer_name="framegen face_networks", opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = 8
        onnx.checker.check_model(model)
        return model


def check(name: str, tflite_bytes: bytes, model: onnx.ModelProto):
    """The largest difference between TFLite's runtime and ONNX Runtime, over pictures of noise and of steps."""
    import onnxruntime
    from ai_edge_litert.interpreter import Interpreter
    truth = Interpreter(model_content=tflite_bytes)
    truth.allocate_tensors()
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    entry = truth.get_input_details()[0]
    largest = 0.0
    for seed in range(8):
        picture = np.random.default_rng(seed).random(entry["shape"], np.float32) * 2 - 1
        if seed % 2:
            picture = np.sign(picture).astype(np.float32)
        truth.set_tensor(entry["index"], picture)
        truth.invoke()
        made = dict(zip([o.name for o in session.get_outputs()], session.run(None, {"picture": picture.transpose(0, 3, 1, 2)})))
        for output in truth.get_output_details():
            parts = [made[part].transpose(0, 2, 3, 1) for part in OUTPUTS[name][output["name"]]]
            expected = truth.get_tensor(output["index"])
            width = expected.shape[-1]
            actual = np.concatenate([part.reshape(-1, width) for part in parts])
            largest = max(largest, float(np.abs(actual - expected.reshape(-1, width)).max() / (1 + np.abs(expected).max())))
    print(f"{name}: TFLite and ONNX Runtime differ by at most {largest:.2g} of the largest value")
    if largest > 1e-4:
        sys.exit(f"{name}: differs from TFLite")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--check", action="store_true", help="compare with TFLite's own runtime")
    words = parser.parse_args()
    files = unpack(words.package)
    words.out.mkdir(parents=True, exist_ok=True)
    for source, name in NETWORKS.items():
        model = Conversion(files[source], name).run()
        (words.out / name).write_bytes(model.SerializeToString(deterministic=True))
        if words.check:
            check(name, files[source], model)


if __name__ == "__main__":
    main()
