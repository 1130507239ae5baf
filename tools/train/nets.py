"""nets.py: the two networks of the SyncTalk_2D 328 "ave" family, as plain convolutions.

There is no batch normalisation: every convolution has a weight and a bias, which is what an export folds BN into anyway. The trainers
start from a data-dependent initialisation (`unit_variance`) instead. That makes a training step about a third cheaper, small batches
harmless, and the exported ONNX file a complete checkpoint. Parameter names are the initialiser names in the ONNX files.
"""
import torch
from torch import nn
import torch.nn.functional as F


class Net(nn.Module):
    """A dictionary of named convolutions; subclasses say in `layers` which, and in `forward` how they are joined."""

    def __init__(self, layers):
        super().__init__()
        self.names = list(layers)
        for name, conv in layers.items():
            self.add_module(name.replace('.', '_'), conv)

    def conv(self, name):
        return getattr(self, name.replace('.', '_'))

    def weights(self):
        """name → float32 array, weight then bias of each convolution, in the order of the ONNX file"""
        out = {}
        for name in self.names:
            out[name + '.weight'] = self.conv(name).weight.detach().contiguous().float().cpu().numpy()
            out[name + '.bias'] = self.conv(name).bias.detach().float().cpu().numpy()
        return out

    def load(self, weights):
        with torch.no_grad():
            for name in self.names:
                self.conv(name).weight.copy_(torch.from_numpy(weights[name + '.weight'].copy()))
                self.conv(name).bias.copy_(torch.from_numpy(weights[name + '.bias'].copy()))

    def unit_variance(self, *inputs, forward=None, gain={}):
        """Scale every convolution, in the order of the data, so that its output has mean 0 and standard deviation 1 (or gain[name])."""
        for name in self.names:
            nn.init.orthogonal_(self.conv(name).weight) if self.conv(name).groups == 1 else nn.init.normal_(self.conv(name).weight)
            nn.init.zeros_(self.conv(name).bias)

        def scale(conv, want):
            def hook(_, args, out):
                dims = (0, 2, 3) if out.shape[0] * out.shape[2] * out.shape[3] > 16 else None
                mean = out.mean(dims) if dims else out.mean().expand(out.shape[1])
                std = (out.std(dims) if dims else out.std().expand(out.shape[1])).clamp_min(1e-3)
                conv.weight.mul_((want / std)[:, None, None, None])
                conv.bias.copy_(-mean * want / std)
                return (out - mean[None, :, None, None]) * (want / std)[None, :, None, None]
            return hook

        with torch.no_grad():
            hooks = [self.conv(n).register_forward_hook(scale(self.conv(n), gain.get(n, 1.0))) for n in self.names]
            (forward or self)(*inputs)
            for h in hooks:
                h.remove()


# ---------------------------------------------------------------------------------------------------------------- audio encoder
# name, in, out, kernel, stride (bands, time), padding, residual
ENCODER = [(1, 32, 3, 1, 1, False), (32, 32, 3, 1, 1, True), (32, 32, 3, 1, 1, True), (32, 64, 3, (3, 1), 1, False), (64, 64, 3, 1, 1, True),
           (64, 64, 3, 1, 1, True), (64, 128, 3, 3, 1, False), (128, 128, 3, 1, 1, True), (128, 128, 3, 1, 1, True), (128, 256, 3, (3, 2), 1, False),
           (256, 256, 3, 1, 1, True), (256, 512, 3, 1, 0, False), (512, 512, 1, 1, 0, False)]


class AudioEncoder(Net):
    """mel window [b,1,80,16] → feature [b,512], never negative"""

    def __init__(self):
        super().__init__({f'enc.{k}': nn.Conv2d(i, o, n, s, p) for k, (i, o, n, s, p, _) in enumerate(ENCODER)})

    def forward(self, x):
        for k, layer in enumerate(ENCODER):
            y = self.conv(f'enc.{k}')(x)
            x = F.relu(y + x) if layer[5] else F.relu(y)
        return x.flatten(1)


# ---------------------------------------------------------------------------------------------------------------- generator
class Upsample(torch.autograd.Function):
    """bilinear ×2 (align_corners), always in float32: PyTorch's bfloat16 kernel (1.13) rounds the *coordinates* to bfloat16 too, which moves
    pixels by up to half a pixel on the far side, and its gradient is many times slower"""

    @staticmethod
    def forward(ctx, x):
        ctx.shape, ctx.type = x.shape, x.dtype
        x = x.float().contiguous(memory_format=torch.channels_last)
        return F.interpolate(x, scale_factor=2, mode='bilinear', align_corners=True).to(ctx.type)

    @staticmethod
    def backward(ctx, g):
        b, c, h, w = ctx.shape
        g = g.float().contiguous(memory_format=torch.channels_last)
        return torch.ops.aten.upsample_bilinear2d_backward(g, [2 * h, 2 * w], [b, c, h, w], True, 2., 2.).to(ctx.type)


def channels(width):
    return [int(c * width) for c in (32, 64, 128, 256, 512)]


def inverted_residual(name, i, o, stride=1):
    return {name + '.expand': nn.Conv2d(i, 2 * i, 1), name + '.depthwise': nn.Conv2d(2 * i, 2 * i, 3, stride, 1, groups=2 * i),
            name + '.project': nn.Conv2d(2 * i, o, 1)}


def double(name, i, o, stride=1):
    return {**inverted_residual(name + '.0', i, o, stride), **inverted_residual(name + '.1', o, o)}


class Generator(Net):
    """image [b,6,320,320] and audio window [b,32,16,16] → face [b,3,320,320] in 0…1"""

    def __init__(self, width=0.5):
        c = self.ch = channels(width)
        self.width = width
        layers = inverted_residual('inc', 6, c[0])
        for k, (i, o) in enumerate([(c[0], c[0]), (c[0], c[1]), (c[1], c[2]), (c[2], c[3]), (c[3], c[4])], 1):
            layers.update(double(f'down{k}', i, o, 2))
        layers.update(inverted_residual('audio.1', 32, c[1]))
        layers.update(inverted_residual('audio.2', c[1], c[2]))
        layers['audio.3'] = nn.Conv2d(c[2], c[3], 3, 1, 1)
        layers.update(inverted_residual('audio.4', c[3], c[3]))
        layers['audio.5'] = nn.Conv2d(c[3], c[4], 3, 2, 3)
        layers.update(inverted_residual('audio.6', c[4], c[4]))
        layers.update(inverted_residual('audio.7', c[4], c[4]))
        layers.update(double('fuse.0', 2 * c[4], c[4]))
        layers.update(double('fuse.1', c[4], c[3]))
        for k, (i, o) in enumerate([(c[4], c[3] // 2), (c[3], c[2] // 2), (c[2], c[1] // 2), (c[1], c[0]), (c[1], c[0] // 2)], 1):
            layers.update(double(f'up{k}', i, o))
        layers['out'] = nn.Conv2d(c[0] // 2, 3, 1)
        super().__init__(layers)

    def ir(self, name, x, residual=False):
        y = F.relu(self.conv(name + '.expand')(x), inplace=True)
        y = F.relu(self.conv(name + '.depthwise')(y), inplace=True)
        y = self.conv(name + '.project')(y)
        return x + y if residual else y

    def double(self, name, x):
        return self.ir(name + '.1', self.ir(name + '.0', x), True)

    def image_part(self, image):
        """the five skips x1…x5 and x6: what does not depend on the audio"""
        x = [self.ir('inc', image)]
        for k in range(1, 6):
            x.append(self.double(f'down{k}', x[-1]))
        return x

    def audio_part(self, audio):
        a = self.ir('audio.2', self.ir('audio.1', audio))
        a = self.ir('audio.4', F.relu(self.conv('audio.3')(a)), True)
        a = F.relu(self.conv('audio.5')(a))
        return self.ir('audio.7', self.ir('audio.6', a, True), True)

    def fuse(self, x6, a):
        return self.double('fuse.1', self.double('fuse.0', torch.cat([x6, a], 1)))

    def up(self, k, y, skip, pane=None):
        y = torch.cat([Upsample.apply(y), skip], 1)
        if pane:
            y = y[:, :, pane[0]:pane[2], pane[1]:pane[3]]
        return self.double(f'up{k}', y.contiguous(memory_format=torch.channels_last))

    def logits(self, y, x, pane=None):
        """pane: (top, left, bottom, right): only this part of the 320×320 face is computed (training); even, at least 8 inside the picture's edge"""
        for k in range(1, 4):
            y = self.up(k, y, x[5 - k])
        if not pane:
            return self.conv('out')(self.up(5, self.up(4, y, x[1]), x[0]))
        t, l, b, r = (p // 2 for p in pane)
        wide = (max(0, t - 4), max(0, l - 4), min(160, b + 4), min(160, r + 4))          # two 3×3 convolutions at each level, and the upsampling
        y = self.up(4, y, x[1], wide)
        y = F.pad(y, (wide[1], 160 - wide[3], wide[0], 160 - wide[2]))
        more = (max(0, 2 * t - 2), max(0, 2 * l - 2), min(320, 2 * b + 2), min(320, 2 * r + 2))
        y = self.up(5, y, x[0], more)
        y = y[:, :, pane[0] - more[0]:pane[2] - more[0], pane[1] - more[1]:pane[3] - more[1]]
        return self.conv('out')(y)

    def forward(self, image, audio, pane=None):
        x = self.image_part(image)
        return torch.sigmoid(self.logits(self.fuse(x[5], self.audio_part(audio)), x, pane).float())

    def start(self, image, audio):
        """Initialise so that the output is the input image: three channels carry it through inc, x1 and up5, where hinges bend it to logits.
        All that is left to learn is what the audio changes."""
        residual = {n: .3 for n in self.names if n.endswith('.1.project') or n in ('audio.4.project', 'audio.6.project', 'audio.7.project')}
        self.unit_variance(image, audio, gain=residual)
        knots = torch.tensor([0., .03, .07, .13, .22, .4, .6, .78, .87, .93, .97])
        logit = torch.logit(knots.clamp(.012, .985))
        slope = torch.diff(logit) / torch.diff(knots)
        slope = torch.cat([slope, slope[-1:] * 0 + 8])
        bend = torch.diff(torch.cat([torch.zeros(1), slope]))
        with torch.no_grad():
            for name in ('inc.expand', 'inc.depthwise', 'inc.project'):
                w, b = self.conv(name).weight, self.conv(name).bias
                w[:3] = 0
                b[:3] = 0
                for c in range(3):
                    if name == 'inc.depthwise':
                        w[c, 0, 1, 1] = 1
                    else:
                        w[c, c, 0, 0] = 1
            first = self.ch[0]                        # of the skip, in up5's input
            n, m = len(knots), 3 * len(knots)
            e, d, p = (self.conv('up5.0.' + q) for q in ('expand', 'depthwise', 'project'))
            e.weight[:m] = 0
            d.weight[:m] = 0
            d.weight[:m, 0, 1, 1] = 1
            d.bias[:m] = 0
            p.weight[:3] *= .02
            p.bias[:3] = logit[0]
            for c in range(3):
                e.weight[c * n:c * n + n, first + c, 0, 0] = 1
                e.bias[c * n:c * n + n] = -knots
                p.weight[:, c * n:c * n + n] *= .1
                p.weight[:3, c * n:c * n + n] = 0
                p.weight[c, c * n:c * n + n, 0, 0] = bend
            self.conv('up5.1.project').weight.mul_(.05)
            self.conv('up5.1.project').bias.zero_()
            out = self.conv('out')
            out.weight.mul_(.02)
            out.bias.zero_()
            for c in range(3):
                out.weight[c, :3] = 0
                out.weight[c, c] = 1
