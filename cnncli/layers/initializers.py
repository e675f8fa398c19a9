"""What the weights of a layer are before training: `initializer` of its kernels, `bias_initializer`, by Keras' names.

Every layer draws its own numbers, which the run's seed decides. Fans are Keras': the sizes of a kernel's last two axes (channels that
come in, filters), each times the taps. Whitening must see images, and is resolved where training begins (training/whitening.py).
"""

from __future__ import annotations

from typing import Annotated

from ..errors import LayerError
from .named import NamedOptions, NameOf, by_name
from .values import Number, OneOf, Positive

Mode = Annotated[str, OneOf("fan_in", "fan_out", "fan_avg")]
Distribution = Annotated[str, OneOf("truncated_normal", "untruncated_normal", "uniform")]


class GlorotUniform(NamedOptions):
    """Between -a and a, a = sqrt(6 / (fan_in + fan_out)). Glorot & Bengio 2010, section 4.2."""

    name = "glorot_uniform"


class GlorotNormal(NamedOptions):
    """Normal, cut at two deviations, of variance 2 / (fan_in + fan_out). Glorot & Bengio 2010, section 4.2."""

    name = "glorot_normal"


class HeNormal(NamedOptions):
    """Normal, cut at two deviations, of variance 2 / fan_in: for relu. He et al. 2015, arXiv:1502.01852, section 2.2."""

    name = "he_normal"


class HeUniform(NamedOptions):
    """Between -a and a, a = sqrt(6 / fan_in): for relu. He et al. 2015, arXiv:1502.01852, section 2.2."""

    name = "he_uniform"


class LecunNormal(NamedOptions):
    """Normal, cut at two deviations, of variance 1 / fan_in. LeCun et al. 1998, Efficient BackProp, section 4.6; for selu."""

    name = "lecun_normal"


class LecunUniform(NamedOptions):
    """Between -a and a, a = sqrt(3 / fan_in). LeCun et al. 1998, Efficient BackProp, section 4.6."""

    name = "lecun_uniform"


class VarianceScaling(NamedOptions):
    """Of variance scale / fan, in general."""

    name = "variance_scaling"
    scale: Positive = 1.0
    mode: Mode = "fan_in"
    distribution: Distribution = "truncated_normal"

    def check(self) -> None:
        if not self.scale:
            raise LayerError("scale of variance_scaling is 0; expected a number above 0", "scale")


class Orthogonal(NamedOptions):
    """An orthogonal matrix (all axes but the last, filters), times `gain`. Saxe et al. 2013, arXiv:1312.6120."""

    name = "orthogonal"
    gain: Number = 1.0


class Zeros(NamedOptions):
    """All zero."""

    name = "zeros"


class Ones(NamedOptions):
    """All one."""

    name = "ones"


class Constant(NamedOptions):
    """All `value`."""

    name = "constant"
    value: Number


class RandomNormal(NamedOptions):
    """Normal."""

    name = "random_normal"
    stddev: Positive = 0.05
    mean: Number = 0.0


class TruncatedNormal(NamedOptions):
    """Normal, cut at two deviations."""

    name = "truncated_normal"
    stddev: Positive = 0.05
    mean: Number = 0.0


class RandomUniform(NamedOptions):
    """Between `minval` and `maxval`."""

    name = "random_uniform"
    minval: Number = -0.05
    maxval: Number = 0.05

    def check(self) -> None:
        if self.minval > self.maxval:
            raise LayerError(f"minval of random_uniform is {self.minval:g}, above maxval, {self.maxval:g}", "minval")


PLAIN = by_name(
    GlorotUniform, GlorotNormal, HeNormal, HeUniform, LecunNormal, LecunUniform, VarianceScaling, Orthogonal, Zeros, Ones, Constant,
    RandomNormal, TruncatedNormal, RandomUniform,
)  # fmt: skip
PlainInitializer = Annotated[NamedOptions, NameOf("an initializer", PLAIN)]
GLOROT, ZEROS = GlorotUniform(), Zeros()


class Dirac(NamedOptions):
    """The first kernels, as many as channels come in, pass their channel on; the `rest` are zero, or as another initializer has them.

    In groups, in each. Source: Zagoruyko & Komodakis 2017, arXiv:1706.00388, section 3.
    """

    name = "dirac"
    rest: PlainInitializer = ZEROS


class Whitening(NamedOptions):
    """Of a conv that reads the images: its kernels and their negatives make patches of the training images uncorrelated.

    They are found when training begins; until then, and in code that is exported, they are glorot_uniform.
    Source: Jordan 2024, arXiv:2404.00498, section 3.1, after Page 2018.
    """

    name = "whitening"


INITIALIZERS = {**PLAIN, **by_name(Dirac, Whitening)}
VECTORS = {name: cls for name, cls in PLAIN.items() if cls is not Orthogonal}  # what a bias may begin as
BiasInitializer = Annotated[NamedOptions, NameOf("an initializer of a vector", VECTORS)]
Initializer = Annotated[NamedOptions, NameOf("an initializer", INITIALIZERS)]
