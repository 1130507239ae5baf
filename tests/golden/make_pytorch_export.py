#!/usr/bin/env python3
"""make_pytorch_export.py: a small network in the published form, exported as PyTorch exports it (docs/reference.md §6).

Writes tests/golden/graph/pytorch_export.onnx (opset 11, batch fixed to 1, pad arithmetic in every up block) and the
input and output of PyTorch itself. Run: python3 tests/golden/make_pytorch_export.py. Made with PyTorch 1.13.
"""
import pathlib
import sys

import numpy
import torch
import torch.nn.functional as F
from torch import nn

IMAGE, AUDIO = (1, 6, 40, 40), (1, 8, 10, 10)


class InvertedResidual(nn.Module):
    def __init__(self, inp, out, stride=1, residual=False):
        super().__init__()
        hidden = 2 * inp
        self.residual = residual
        self.layers = nn.Sequential(
            nn.Conv2d(inp, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU(inplace=True),
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False), nn.BatchNorm2d(hidden), nn.ReLU(inplace=True),
            nn.Conv2d(hidden, out, 1, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        return x + self.layers(x) if self.residual else self.layers(x)


def double(inp, out, stride):
    return nn.Sequential(InvertedResidual(inp, out, stride), InvertedResidual(out, out, 1, True))


class Up(nn.Module):
    """Pads to the skip's size with arithmetic on sizes, as U-Nets are commonly written; at these sizes by nothing."""

    def __init__(self, inp, out):
        super().__init__()
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        self.conv = double(inp, out, 1)

    def forward(self, x, skip):
        x = self.up(x)
        dy, dx = skip.size()[2] - x.size()[2], skip.size()[3] - x.size()[3]
        x = F.pad(x, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
        return self.conv(torch.cat([x, skip], dim=1))


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.inc = InvertedResidual(6, 4)
        self.down1, self.down2 = double(4, 8, 2), double(8, 12, 2)
        self.audio = nn.Sequential(InvertedResidual(8, 8), nn.Conv2d(8, 12, 3, padding=1), nn.BatchNorm2d(12), nn.ReLU(inplace=True))
        self.fuse = double(24, 10, 1)
        self.up1, self.up2 = Up(18, 6), Up(10, 4)
        self.out = nn.Conv2d(4, 3, 1)

    def forward(self, image, audio):
        x1 = self.inc(image)
        x2 = self.down1(x1)
        x3 = self.down2(x2)
        x = self.fuse(torch.cat([x3, self.audio(audio)], dim=1))
        return torch.sigmoid(self.out(self.up2(self.up1(x, x2), x1)))


def main():
    folder = pathlib.Path(__file__).parent / "graph"
    folder.mkdir(exist_ok=True)
    torch.manual_seed(5)
    net = Small()
    with torch.no_grad():
        for module in net.modules():  # statistics that BN folding must get right
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.2)
                module.running_var.uniform_(0.5, 1.5)
                module.weight.uniform_(0.7, 1.3)
                module.bias.normal_(0, 0.2)
    net.eval()
    image, audio = torch.rand(IMAGE), torch.randn(AUDIO)
    torch.onnx.export(net, (image, audio), str(folder / "pytorch_export.onnx"), opset_version=11,
                      input_names=["input", "audio"], output_names=["output"])
    with torch.no_grad():
        output = net(image, audio)
    for name, value in (("input", image), ("audio", audio), ("output", output)):
        numpy.save(folder / f"pytorch_export_{name}.npy", value.numpy())
    return 0


if __name__ == "__main__":
    sys.exit(main())
