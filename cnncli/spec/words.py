"""The words of Keras, PyTorch and papers, led to ours."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import nearest

OPTIONS = {
    "kernel_size": "kernel", "strides": "stride", "use_bias": "bias", "dilation_rate": "dilation", "dilations": "dilation",
    "depth_multiplier": "multiplier", "pool_size": "size", "out_channels": "filters", "out_features": "units", "num_filters": "filters",
    "channels": "filters", "ceil_mode": "ceil", "scale_factor": "factor", "negative_slope": "slope", "p": "rate", "pad": "padding",
    "kernel_initializer": "initializer", "kernel_regularizer": "l2", "kernel_constraint": "max_norm", "maxnorm": "max_norm",
    "max_value": "max", "shared_axes": "slopes",
    "interpolation": "mode", "eps": "epsilon", "num_groups": "groups", "keepdims": "keep_axes", "output_size": "size",
    "block_size": "block", "blocksize": "block", "std": "stddev", "sigma": "stddev", "upscale_factor": "block", "downscale_factor": "block",
    "learning_rate": "lr", "batch_size": "batch", "validation_split": "validation", "dataset": "data", "scheduler": "schedule",
    "lr_schedule": "schedule", "augmentation": "augment", "augmentations": "augment", "color": "colour",
}  # fmt: skip
_KINDS = {
    "conv": "convolution conv1d conv2d conv3d convolution2d convolutional",
    "depthwise_conv": "depthwiseconv1d depthwiseconv2d depthwise depthwiseconv",
    "separable_conv": "separableconv1d separableconv2d separableconv",
    "conv_transpose": "convtranspose convtranspose1d convtranspose2d convtranspose3d conv2dtranspose deconv deconvolution",
    "max_pool": "maxpool maxpool1d maxpool2d maxpool3d maxpooling maxpooling1d maxpooling2d maxpooling3d",
    "avg_pool": "avgpool avgpool1d avgpool2d avgpool3d averagepooling1d averagepooling2d averagepooling3d average_pool pool",
    "global_avg_pool": "gap globalaveragepooling1d globalaveragepooling2d globalaveragepooling3d globalavgpool global_average_pool",
    "global_max_pool": "gmp globalmaxpooling1d globalmaxpooling2d globalmaxpooling3d globalmaxpool",
    "adaptive_avg_pool": "adaptiveavgpool1d adaptiveavgpool2d adaptiveavgpool3d adaptiveaveragepooling2d",
    "adaptive_max_pool": "adaptivemaxpool1d adaptivemaxpool2d adaptivemaxpool3d adaptivemaxpooling2d",
    "dense": "linear_layer fc fully_connected fullyconnected innerproduct",
    "batch_norm": "batchnorm bn batchnormalization batchnorm1d batchnorm2d batchnorm3d batch_normalization",
    "layer_norm": "layernorm layernormalization",
    "group_norm": "groupnorm groupnormalization",
    "local_response_norm": "lrn localresponsenorm",
    "spatial_dropout": "spatialdropout1d spatialdropout2d spatialdropout3d dropout2d dropout3d",
    "drop_path": "droppath stochastic_depth stochasticdepth",
    "pad": "zeropadding1d zeropadding2d zeropadding3d zero_pad zeropad2d padding",
    "crop": "cropping1d cropping2d cropping3d cropping",
    "upsample": "upsampling1d upsampling2d upsampling3d upsampling",
    "resize": "resizing interpolate",
    "depth_to_space": "pixelshuffle subpixel subpixelconv",
    "space_to_depth": "pixelunshuffle reorg passthrough",
    "concat": "concatenate cat merge",
    "silu": "swish",
    "hard_swish": "hardswish hard_silu hardsilu",
    "hard_sigmoid": "hardsigmoid",
    "hard_tanh": "hardtanh",
    "log_sigmoid": "logsigmoid",
    "log_softmax": "logsoftmax",
    "exponential": "exp",
    "leaky_relu": "leakyrelu lrelu",
    "linear": "identity",
    "average": "mean",
    "maximum": "max",
    "minimum": "min",
    "multiply": "mul",
    "rescale": "rescaling",
    "normalize": "normalization",
}
KINDS = {word: kind for kind, words in _KINDS.items() for word in words.split()}


def kind_hint(word: str, known: Iterable[str]) -> str:
    """What the writer of an unknown kind may have meant."""
    plain = word.lower()
    ours = KINDS.get(plain) or KINDS.get(plain.replace("_", ""))
    if ours is None and plain.replace("_", "") in {kind.replace("_", "") for kind in known}:
        ours = next(kind for kind in known if kind.replace("_", "") == plain.replace("_", ""))
    return f"; here it is called {ours}" if ours else nearest(word, known) or "; cnncli layers lists the kinds"


def option_hint(word: str, known: Iterable[str]) -> str:
    """What the writer of an unknown option may have meant."""
    known = list(known)
    ours = OPTIONS.get(word.lower())
    if ours in known:
        return f"; here it is called {ours}"
    return nearest(word, known) or (f"; its options are {', '.join(known)}" if known else "; it has no options")


def meant_options(word: str, known: Iterable[str]) -> list[str]:
    """The options that a hint for `word` names, so that they are not said to be missing too."""
    hint = option_hint(word, known).rstrip("?").split()
    return hint[-1:] if hint else []
