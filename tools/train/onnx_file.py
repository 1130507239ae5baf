"""onnx_file.py: networks ↔ ONNX files (opset 13, IR 7, symbolic batch, initialisers named like the layers).

  python3 onnx_file.py generator|encoder CHECKPOINT.pt OUT.onnx [round]   `round`: weights rounded to float16 and stored so (half_weights.py)
  python3 onnx_file.py check A.onnx [B.onnx]                              run both on random input with plain PyTorch, print the difference
"""
import sys
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
import torch
import torch.nn.functional as F
import nets
from half_weights import half_weights


class Builder:
    def __init__(self, weights, rounded):
        self.nodes, self.initialisers, self.rounded = [], [], rounded
        for name, w in weights.items():
            w = w.astype(np.float16) if rounded else w
            self.initialisers.append(numpy_helper.from_array(np.ascontiguousarray(w, np.float32), name))

    def node(self, kind, inputs, output, **more):
        self.nodes.append(helper.make_node(kind, inputs, [output], output, **more))
        return output

    def conv(self, x, name, module, relu=False):
        y = self.node('Conv', [x, name + '.weight', name + '.bias'], name + '.out', kernel_shape=list(module.kernel_size), strides=list(module.stride),
                      pads=list(module.padding) * 2, dilations=[1, 1], group=module.groups)
        return self.node('Relu', [y], name + '.relu') if relu else y

    def save(self, path, name, inputs, outputs):
        def value(n, shape):
            return helper.make_tensor_value_info(n, TensorProto.FLOAT, ['batch', *shape])
        graph = helper.make_graph(self.nodes, name, [value(*i) for i in inputs], [value(*o) for o in outputs], self.initialisers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)], producer_name='framegen')
        model.ir_version = 7
        onnx.checker.check_model(model, full_check=True)
        onnx.save(half_weights(model) if self.rounded else model, path)


def write_encoder(net, path, rounded=False):
    b = Builder(net.weights(), rounded)
    x = 'mel'
    for k, layer in enumerate(nets.ENCODER):
        y = b.conv(x, f'enc.{k}', net.conv(f'enc.{k}'))
        if layer[5]:
            y = b.node('Add', [y, x], f'enc.{k}.add')
        x = b.node('Relu', [y], f'enc.{k}.relu')
    b.node('Flatten', [x], 'emb', axis=1)
    b.save(path, 'audio_encoder', [('mel', [1, 80, 16])], [('emb', [512])])


def write_generator(net, path, rounded=False):
    b = Builder(net.weights(), rounded)

    def ir(x, name, residual=False):
        y = b.conv(x, name + '.expand', net.conv(name + '.expand'), True)
        y = b.conv(y, name + '.depthwise', net.conv(name + '.depthwise'), True)
        y = b.conv(y, name + '.project', net.conv(name + '.project'))
        return b.node('Add', [x, y], name + '.add') if residual else y

    def double(x, name):
        return ir(ir(x, name + '.0'), name + '.1', True)
    x = [ir('input', 'inc')]
    for k in range(1, 6):
        x.append(double(x[-1], f'down{k}'))
    a = ir(ir('audio', 'audio.1'), 'audio.2')
    a = b.conv(a, 'audio.3', net.conv('audio.3'), True)
    a = ir(a, 'audio.4', True)
    a = b.conv(a, 'audio.5', net.conv('audio.5'), True)
    a = ir(ir(a, 'audio.6', True), 'audio.7', True)
    y = b.node('Concat', [x[5], a], 'fuse.concat', axis=1)
    y = double(double(y, 'fuse.0'), 'fuse.1')
    b.initialisers.append(numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), 'upsample.scales'))
    for k in range(1, 6):
        y = b.node('Resize', [y, '', 'upsample.scales'], f'up{k}.resize', mode='linear', coordinate_transformation_mode='align_corners')
        y = double(b.node('Concat', [y, x[5 - k]], f'up{k}.concat', axis=1), f'up{k}')
    b.node('Sigmoid', [b.conv(y, 'out', net.conv('out'))], 'output')
    b.save(path, 'generator', [('input', [6, 320, 320]), ('audio', [32, 16, 16])], [('output', [3, 320, 320])])


def read(path):
    """initialisers by layer name, as float32"""
    return {i.name.removesuffix('.half'): numpy_helper.to_array(i).astype(np.float32) for i in onnx.load(path).graph.initializer}


def run(path, **inputs):
    """a plain interpreter of the few operators above: what the file says, independent of nets.py"""
    graph = onnx.load(path).graph
    v = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in graph.initializer}
    v.update(inputs)
    for n in graph.node:
        x = [v.get(i) for i in n.input]
        a = {p.name: helper.get_attribute_value(p) for p in n.attribute}
        if n.op_type == 'Conv':
            y = F.conv2d(x[0], x[1], x[2], a['strides'], a['pads'][:2], 1, a['group'])
        elif n.op_type == 'Cast':
            y = x[0].float()
        elif n.op_type == 'Resize':
            y = F.interpolate(x[0], scale_factor=2, mode='bilinear', align_corners=True)
        else:
            y = {'Relu': lambda: x[0].relu(), 'Add': lambda: x[0] + x[1], 'Concat': lambda: torch.cat(x, 1), 'Sigmoid': lambda: x[0].sigmoid(),
                 'Flatten': lambda: x[0].flatten(1)}[n.op_type]()
        v[n.output[0]] = y
    return v[graph.output[0].name]


def check(a, b=None):
    torch.manual_seed(0)
    if any(i.name == 'mel' for i in onnx.load(a).graph.input):
        inputs, net = dict(mel=torch.rand(3, 1, 80, 16) * 8 - 4), nets.AudioEncoder()
    else:
        inputs, net = dict(input=torch.rand(2, 6, 320, 320), audio=torch.rand(2, 32, 16, 16)), nets.Generator(.5)
    net.load(read(a))
    with torch.no_grad():
        y = run(a, **inputs)
        print('graph against network:', (y - net(*inputs.values())).abs().max().item(), 'of', y.abs().max().item())
        if b:
            print('file against file:', (y - run(b, **inputs)).abs().max().item())


if __name__ == '__main__':
    if sys.argv[1] == 'check':
        check(*sys.argv[2:])
    else:
        network, write = dict(generator=(nets.Generator(.5), write_generator), encoder=(nets.AudioEncoder(), write_encoder))[sys.argv[1]]
        network.load_state_dict(torch.load(sys.argv[2])['average'])
        write(network, sys.argv[3], 'round' in sys.argv[4:])
