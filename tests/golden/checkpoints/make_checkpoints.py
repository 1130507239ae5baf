#!/usr/bin/env python3
"""make_checkpoints.py: the checkpoints of this folder, written by PyTorch itself, and what the networks in them compute.

    python3 make_checkpoints.py                 rewrites the small files beside this script
    python3 make_checkpoints.py --full FOLDER   the published sizes in every container and type, for a proof by hand

The modules follow docs/reference.md §6; their names are those of the published checkpoints. Weights are seeded.
"""
import argparse
import collections
import pathlib

import numpy as np
import torch
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent


class Inverted(nn.Module):
    def __init__(self, i, o, stride=1, residual=False):
        super().__init__()
        self.residual = residual
        w = 2 * i
        self.conv = nn.Sequential(
            nn.Conv2d(i, w, 1, bias=False), nn.BatchNorm2d(w), nn.ReLU(),
            nn.Conv2d(w, w, 3, stride, 1, groups=w, bias=False), nn.BatchNorm2d(w), nn.ReLU(),
            nn.Conv2d(w, o, 1, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


class Double(nn.Module):
    def __init__(self, i, o, stride=1):
        super().__init__()
        self.double_conv = nn.Sequential(Inverted(i, o, stride), Inverted(o, o, 1, True))

    def forward(self, x):
        return self.double_conv(x)


class First(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.inconv = nn.Sequential(Inverted(i, o))

    def forward(self, x):
        return self.inconv(x)


class Down(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.maxpool_conv = nn.Sequential(Double(i, o, 2))

    def forward(self, x):
        return self.maxpool_conv(x)


class Up(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.conv = Double(i, o)

    def forward(self, x, skip):
        x = nn.functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
        return self.conv(torch.cat([x, skip], 1))


class Out(nn.Module):
    def __init__(self, i):
        super().__init__()
        self.conv = nn.Conv2d(i, 3, 1)

    def forward(self, x):
        return self.conv(x)


class Audio(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv1, self.conv2 = Inverted(32, c[1]), Inverted(c[1], c[2])
        self.conv3, self.bn3 = nn.Conv2d(c[2], c[3], 3, 1, 1), nn.BatchNorm2d(c[3])
        self.conv4 = Inverted(c[3], c[3], 1, True)
        self.conv5, self.bn5 = nn.Conv2d(c[3], c[4], 3, 2, 3), nn.BatchNorm2d(c[4])
        self.conv6, self.conv7 = Inverted(c[4], c[4], 1, True), Inverted(c[4], c[4], 1, True)

    def forward(self, x):
        x = torch.relu(self.bn3(self.conv3(self.conv2(self.conv1(x)))))
        x = torch.relu(self.bn5(self.conv5(self.conv4(x))))
        return self.conv7(self.conv6(x))


class Generator(nn.Module):
    def __init__(self, first):
        super().__init__()
        c = [first << k for k in range(5)]
        self.inc = First(6, c[0])
        self.down1, self.down2, self.down3 = Down(c[0], c[0]), Down(c[0], c[1]), Down(c[1], c[2])
        self.down4, self.down5 = Down(c[2], c[3]), Down(c[3], c[4])
        self.audio_model = Audio(c)
        self.fuse_conv = nn.Sequential(Double(2 * c[4], c[4]), Double(c[4], c[3]))
        self.up1, self.up2, self.up3 = Up(c[4], c[3] // 2), Up(c[3], c[2] // 2), Up(c[2], c[1] // 2)
        self.up4, self.up5 = Up(c[1], c[0]), Up(c[1], c[0] // 2)
        self.outc = Out(c[0] // 2)

    def forward(self, x, audio):
        x1 = self.inc(x)
        x2 = self.down1(x1)
        x3 = self.down2(x2)
        x4 = self.down3(x3)
        x5 = self.down4(x4)
        y = self.fuse_conv(torch.cat([self.down5(x5), self.audio_model(audio)], 1))
        for up, skip in zip((self.up1, self.up2, self.up3, self.up4, self.up5), (x5, x4, x3, x2, x1)):
            y = up(y, skip)
        return torch.sigmoid(self.outc(y))


class Generator160(nn.Module):
    def __init__(self, first):
        super().__init__()
        c = [first << k for k in range(5)]
        self.inc = First(6, c[0])
        self.down1, self.down2 = Down(c[0], c[1]), Down(c[1], c[2])
        self.down3, self.down4 = Down(c[2], c[3]), Down(c[3], c[4])
        self.audio_model = Audio(c)
        self.fuse_conv = nn.Sequential(Double(2 * c[4], c[4]), Double(c[4], c[3]))
        self.up1, self.up2 = Up(c[4], c[3] // 2), Up(c[3], c[2] // 2)
        self.up3, self.up4 = Up(c[2], c[1] // 2), Up(c[1], c[0])
        self.outc = Out(c[0])

    def forward(self, x, audio):
        x1 = self.inc(x)
        x2 = self.down1(x1)
        x3 = self.down2(x2)
        x4 = self.down3(x3)
        y = self.fuse_conv(torch.cat([self.down4(x4), self.audio_model(audio)], 1))
        for up, skip in zip((self.up1, self.up2, self.up3, self.up4), (x4, x3, x2, x1)):
            y = up(y, skip)
        return torch.sigmoid(self.outc(y))


class Block(nn.Module):
    def __init__(self, i, o, kernel, stride, padding, residual):
        super().__init__()
        self.conv_block = nn.Sequential(nn.Conv2d(i, o, kernel, stride, padding), nn.BatchNorm2d(o))
        self.residual = residual

    def forward(self, x):
        y = self.conv_block(x)
        return torch.relu(y + x if self.residual else y)


def encoder(first):
    rows = [(0, 1, 3, 1, 1, 0), (1, 1, 3, 1, 1, 1), (1, 1, 3, 1, 1, 1), (1, 2, 3, (3, 1), 1, 0), (2, 2, 3, 1, 1, 1),
            (2, 2, 3, 1, 1, 1), (2, 4, 3, 3, 1, 0), (4, 4, 3, 1, 1, 1), (4, 4, 3, 1, 1, 1), (4, 8, 3, (3, 2), 1, 0),
            (8, 8, 3, 1, 1, 1), (8, 16, 3, 1, 0, 0), (16, 16, 1, 1, 0, 0)]
    return nn.Sequential(*[Block(i * first or 1, o * first, *rest) for i, o, *rest in rows])


def seeded(module, seed, gain=1.0):
    """Statistics as after training: no normalisation is the identity."""
    g = torch.Generator().manual_seed(seed)
    for name, value in module.state_dict().items():
        if name.endswith("running_var"):
            value.copy_(torch.rand(value.shape, generator=g) + 0.5)
        elif name.endswith("num_batches_tracked"):
            value.fill_(1234)
        elif value.ndim == 4:
            value.copy_(torch.randn(value.shape, generator=g) * (gain / value[0].numel()) ** 0.5)
        else:
            value.copy_(torch.randn(value.shape, generator=g) * 0.1 + (1 if value.ndim == 1 and name.endswith("weight") else 0))
    return module.eval()


def half(module):
    """Weights as a half-precision checkpoint keeps them; the arithmetic stays float32."""
    for value in module.state_dict().values():
        if value.is_floating_point():
            value.copy_(value.half().float())
    return module


def cast(state, change):
    return collections.OrderedDict((k, change(v)) for k, v in state.items())


def to_half(state):
    return cast(state, lambda v: v.half() if v.is_floating_point() else v)


def channels_last(state):
    return cast(state, lambda v: v.to(memory_format=torch.channels_last) if v.ndim == 4 else v)


def in_one_storage(state):
    """Every tensor a view into one storage per type, as after flattening for distributed training."""
    made = collections.OrderedDict()
    for kind in {v.dtype for v in state.values()}:
        names = [k for k, v in state.items() if v.dtype == kind]
        flat = torch.cat([state[k].reshape(-1) for k in names])
        at = 0
        for k in names:
            made[k] = flat[at:at + state[k].numel()].view(state[k].shape)
            at += state[k].numel()
    return collections.OrderedDict((k, made[k]) for k in state)


def wrapped(state, module):
    optimizer = torch.optim.Adam([nn.Parameter(torch.ones(3))], lr=1e-3)
    optimizer.param_groups[0]["params"][0].grad = torch.ones(3)
    optimizer.step()
    return {"epoch": 7, "loss": 0.25, "best": None, "name": "g", "optimizer": optimizer.state_dict(),
            "model": cast(collections.OrderedDict(("module." + k, v) for k, v in state.items()), lambda v: v)}


def generator_inputs():
    net = HERE.parent / "net"
    image = torch.from_numpy(np.load(net / "input_u8.npy").astype(np.float32) / np.float32(255))[None]
    return image, torch.from_numpy(np.load(net / "audio_window.npy"))[None]


def mel_windows():
    """[7,1,80,16]: a formula that the test repeats."""
    k = np.arange(7 * 80 * 16, dtype=np.int64)
    return torch.from_numpy(((k * 7919 % 1000).astype(np.float32) / np.float32(125) - np.float32(4)).reshape(7, 1, 80, 16))


def layouts():
    """Tensor k holds 0, 1, 2 … in its own row-major order, whatever its type and strides."""
    def count(*shape):
        return torch.arange(int(np.prod(shape)), dtype=torch.float32).reshape(shape)
    base = torch.arange(-5, 24, dtype=torch.float32)
    shared = torch.stack([count(2, 3), count(2, 3)], -1)
    return collections.OrderedDict(
        plain=count(2, 3), scalar=torch.tensor(0.0), empty=torch.zeros(0, 4), half=count(4, 5).half(), bfloat=count(2, 2).bfloat16(),
        double=count(3).double(), last=count(2, 3, 4, 5).to(memory_format=torch.channels_last),
        transposed=count(3, 4).t().contiguous().t(), view=base[5:11].view(2, 3), view_again=base[5:17].view(3, 4),
        every_second=shared[..., 1], parameter=nn.Parameter(count(2, 2)), number=torch.arange(3), flag=torch.tensor([False, True]))


class Evil:
    def __reduce__(self):
        import os
        return os.system, ("echo this must never run",)


def small():
    generator, audio_encoder = half(seeded(Generator(2), 1)), seeded(encoder(2), 2, 0.3)
    with torch.no_grad():
        face = generator(*generator_inputs())[0]
        emb = audio_encoder(mel_windows())[:, :, 0, 0]
    state = in_one_storage(to_half(generator.state_dict()))
    torch.save(wrapped(state, generator), HERE / "generator_zip_half.pth")
    np.save(HERE / "generator_output.npy", face[:, 8::16, 8::16].numpy())
    torch.save(channels_last(audio_encoder.state_dict()), HERE / "encoder_legacy.pth", _use_new_zipfile_serialization=False)
    np.save(HERE / "encoder_output.npy", emb.numpy())
    torch.save(layouts(), HERE / "layouts_zip.pth")
    torch.save(layouts(), HERE / "layouts_legacy.pth", _use_new_zipfile_serialization=False)
    torch.save(layouts(), HERE / "layouts_protocol4.pth", pickle_protocol=4)
    torch.save({"model": Evil()}, HERE / "malicious_zip.pth")
    torch.save({"model": Evil()}, HERE / "malicious_legacy.pth", _use_new_zipfile_serialization=False)
    torch.jit.save(torch.jit.script(nn.Sequential(nn.Linear(2, 2))), str(HERE / "torchscript.pt"))


def full(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, module, inputs in (("generator", Generator(32), generator_inputs()), ("generator_narrow", Generator(16), generator_inputs()),
                                 ("encoder", encoder(32), (mel_windows(),))):
        seeded(module, 3, 0.3 if name == "encoder" else 1.0)
        state = module.state_dict()
        print(name, len(state), "keys", sum(v.numel() for v in module.parameters()), "parameters")
        for kind in ("", "_half"):
            if kind:
                state = to_half(half(module).state_dict())
            with torch.no_grad():
                np.save(folder / f"{name}{kind}_output.npy", module(*inputs).numpy())
            torch.save(state, folder / f"{name}{kind}_zip.pth")
            torch.save(state, folder / f"{name}{kind}_legacy.pth", _use_new_zipfile_serialization=False)
            torch.save(channels_last(state), folder / f"{name}{kind}_last.pth")
            torch.save(wrapped(in_one_storage(state), module), folder / f"{name}{kind}_wrapped.pth")
    np.save(folder / "mel.npy", mel_windows().numpy())


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--full", type=pathlib.Path, metavar="FOLDER")
    folder = arguments.parse_args().full
    torch.set_num_threads(1)
    full(folder) if folder else small()
