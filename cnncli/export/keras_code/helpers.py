"""Layers that Keras lacks, as code that is copied into a file that needs them."""

from __future__ import annotations

import re

from .moves import MOVES

CUSTOM = '''
class Custom(layers.Layer):
    """A layer that Keras lacks. Its options are saved with it."""

    def __init__(self, name=None, trainable=True, dtype=None, **options):
        super().__init__(name=name, trainable=trainable, dtype=dtype)
        self.options = options

    def get_config(self):
        return {**super().get_config(), **self.options}
'''

ADAPTIVE = '''
class {name}(Custom):
    """The {each} of as many bins as are asked for along each axis, whatever the size of the map."""

    def __init__(self, output_size, **kwargs):
        super().__init__(output_size=output_size, **kwargs)

    def call(self, x):
        for axis, bins in enumerate(self.options["output_size"], 1):
            size = x.shape[axis]
            ranges = [range(bin * size // bins, -(-(bin + 1) * size // bins)) for bin in range(bins)]
            x = ops.concatenate([ops.{reduce}(ops.take(x, list(part), axis), axis, keepdims=True) for part in ranges], axis)
        return x
'''

HELPERS = {
    "Padding": '''
class Padding(Custom):
    """Put pixels of a value around the map."""

    def __init__(self, padding, value, **kwargs):
        super().__init__(padding=padding, value=value, **kwargs)

    def call(self, x):
        return ops.pad(x, [(0, 0), *self.options["padding"], (0, 0)], constant_values=self.options["value"])
''',
    "PaddedRandomCrop": '''
class PaddedRandomCrop(Custom):
    """In training, pad every side (mode "reflect" or "constant"), then cut the original size out at random."""

    def __init__(self, padding, mode, **kwargs):
        super().__init__(padding=padding, mode=mode, **kwargs)
        self.seed = keras.random.SeedGenerator()

    def call(self, x, training=False):
        if not training:
            return x
        padding, (height, width) = self.options["padding"], x.shape[1:3]
        wide = ops.pad(x, [(0, 0), (padding, padding), (padding, padding), (0, 0)], mode=self.options["mode"])
        for axis, size in ((1, height), (2, width)):
            start = keras.random.randint((ops.shape(x)[0], 1, 1, 1), 0, 2 * padding + 1, seed=self.seed)
            places = ops.reshape(ops.arange(size), [-1 if number == axis else 1 for number in range(4)])
            wide = ops.take_along_axis(wide, start + places, axis=axis)
        return wide
''',
    "PaddedAveragePooling": '''
class PaddedAveragePooling(Custom):
    """Average pooling with padding, which is not averaged."""

    def __init__(self, pool_size, strides=None, padding=(), **kwargs):
        super().__init__(pool_size=pool_size, strides=strides, padding=padding, **kwargs)

    def call(self, x):
        options = self.options
        pairs = [(0, 0), *options["padding"], (0, 0)]
        total, share = (
            ops.average_pool(ops.pad(part, pairs), options["pool_size"], options["strides"] or options["pool_size"])
            for part in (x, ops.ones_like(x))
        )
        return total / share
''',
    **{
        name: ADAPTIVE.replace("{name}", name).replace("{each}", each).replace("{reduce}", reduce)
        for name, each, reduce in (
            ("AdaptiveAveragePooling", "means", "mean"),
            ("AdaptiveMaxPooling", "largest", "max"),
        )
    },
    "LocalResponseNormalization": '''
class LocalResponseNormalization(Custom):
    """Divide by (k + alpha * the sum of the squares of `size` neighbouring channels) ** beta."""

    def __init__(self, size=5, alpha=0.0001, beta=0.75, k=2.0, **kwargs):
        super().__init__(size=size, alpha=alpha, beta=beta, k=k, **kwargs)

    def call(self, x):
        size, channels = self.options["size"], x.shape[-1]
        squares = ops.pad(ops.square(x), [(0, 0)] * (len(x.shape) - 1) + [(size // 2, size // 2)])
        total = sum(squares[..., shift : shift + channels] for shift in range(size))
        return x / (self.options["k"] + self.options["alpha"] * total) ** self.options["beta"]
''',
    "MeasuredNormalization": '''
class MeasuredNormalization(Custom):
    """Bring each channel to mean 0 and variance 1 with figures measured beforehand."""

    def __init__(self, mean=0.0, variance=1.0, **kwargs):
        super().__init__(mean=mean, variance=variance, **kwargs)

    def build(self, shape):
        for name in ("mean", "variance"):
            start = lambda shape, dtype, name=name: ops.broadcast_to(ops.cast(self.options[name], dtype), shape)
            setattr(self, name, self.add_weight(name=name, shape=shape[-1:], initializer=start, trainable=False))
        self.count = self.add_weight(name="count", shape=(), initializer="zeros", trainable=False)

    def call(self, x):
        return (x - self.mean) / ops.sqrt(self.variance)
''',
    "Contrast": '''
class Contrast(Custom):
    """In training, stretch the distance to each channel's mean by a factor from 1 - amount to 1 + amount."""

    def __init__(self, amount, value_range=(0.0, 255.0), **kwargs):
        super().__init__(amount=amount, value_range=value_range, **kwargs)
        self.seed = keras.random.SeedGenerator()

    def call(self, x, training=False):
        if not training:
            return x
        axes, amount = list(range(1, len(x.shape) - 1)), self.options["amount"]
        mean = ops.mean(x, axis=axes, keepdims=True)
        each = (ops.shape(x)[0], *[1] * (len(x.shape) - 1))
        x = mean + (x - mean) * keras.random.uniform(each, 1 - amount, 1 + amount, seed=self.seed)
        return ops.clip(x, *self.options["value_range"])
''',
    "Brightness": '''
class Brightness(Custom):
    """In training, add up to `amount` times the width of `value_range`, either way."""

    def __init__(self, amount, value_range=(0.0, 255.0), **kwargs):
        super().__init__(amount=amount, value_range=value_range, **kwargs)
        self.seed = keras.random.SeedGenerator()

    def call(self, x, training=False):
        if not training:
            return x
        low, high = self.options["value_range"]
        most = self.options["amount"] * (high - low)
        each = (ops.shape(x)[0], *[1] * (len(x.shape) - 1))
        return ops.clip(x + keras.random.uniform(each, -most, most, seed=self.seed), low, high)
''',
    "LayerScale": '''
class LayerScale(Custom):
    """Multiply each channel by a trainable factor."""

    def __init__(self, init, **kwargs):
        super().__init__(init=init, **kwargs)

    def build(self, shape):
        start = keras.initializers.Constant(self.options["init"])
        self.gamma = self.add_weight(name="gamma", shape=shape[-1:], initializer=start)

    def call(self, x):
        return x * self.gamma
''',
    **MOVES,
    "Celu": '''
class Celu(Custom):
    """x where x > 0, else alpha * (exp(x / alpha) - 1)"""

    def __init__(self, alpha, **kwargs):
        super().__init__(alpha=alpha, **kwargs)

    def call(self, x):
        alpha = self.options["alpha"]
        return ops.where(x > 0, x, alpha * ops.elu(x / alpha))
''',
    "gelu_tanh": '''
def gelu_tanh(x):
    """The gelu that is approximated by a tanh."""
    return keras.activations.gelu(x, approximate=True)
''',
    "Dirac": '''
class Dirac(keras.initializers.Initializer):
    """The first kernels of each group pass their channel on; of a depthwise kernel the first of each channel."""

    def __init__(self, groups=1, depthwise=False, rest="zeros", filters=-1):
        self.groups, self.depthwise, self.filters = groups, depthwise, filters
        self.rest = keras.initializers.get(rest)

    def __call__(self, shape, dtype=None):
        *taps, rows, columns = shape
        if self.depthwise:
            made = ops.tile(ops.eye(1, columns), (rows, 1))
        else:
            made = ops.tile(ops.eye(rows, columns // self.groups), (1, self.groups))
        for size in reversed(taps):
            made = ops.stack([made if tap == size // 2 else ops.zeros_like(made) for tap in range(size)])
        others = [axis for axis in range(len(shape)) if axis != self.filters % len(shape)]
        made = ops.cast(made, dtype or keras.config.floatx())
        return ops.where(ops.any(made > 0, axis=others, keepdims=True), made, self.rest(shape, dtype))

    def get_config(self):
        rest = keras.initializers.serialize(self.rest)
        return {"groups": self.groups, "depthwise": self.depthwise, "rest": rest, "filters": self.filters}
''',
    "Names": '''
class Names:
    """Numbers the layers of each kind: conv_1, conv_2, ...; `given` has names to use in place of these."""

    def __init__(self, given=()):
        self.given = dict(given)
        self.numbers = {}

    def __call__(self, kind):
        self.numbers[kind] = self.numbers.get(kind, 0) + 1
        name = f"{kind}_{self.numbers[kind]}"
        return self.given.get(name, name)
''',
}


def helpers(code: str) -> list[str]:
    """The helpers that some code names."""
    used = [text.strip() for name, text in HELPERS.items() if re.search(rf"(?<![\w.\"]){name}\b", code)]
    return [CUSTOM.strip(), *used] if any("(Custom)" in text for text in used) else used
