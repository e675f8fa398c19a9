"""The words of Keras, PyTorch and papers, and the kinds and options that they mean here."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .errors import nearest, nearest_word
from .printable import quote

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
_OTHERWISE = {  # words that mean one option of some kinds and another of others
    "kernel": "size", "kernel_size": "size", "size": "kernel factor", "pool_size": "kernel", "filters": "units", "units": "filters",
    "out_channels": "units", "out_features": "filters", "output_dim": "units", "scale": "factor",
}  # fmt: skip
_NEEDLESS = (  # options of other frameworks that follow from something else here, and the mend
    ("in_channels in_features num_features input_dim normalized_shape num_parameters", "leave it out: it is what the layer above gives"),
    ("input_shape batch_input_shape input_size", "leave it out: the size is in the section input"),
    ("data_format", "leave it out: channels come last"),
    ("inplace track_running_stats affine dim start_dim end_dim device dtype", "leave it out"),
    ("trainable", "write freeze: true beside the kind"),
    ("padding_mode", "leave it out, and write a pad layer before this one"),
)
_KINDS = {
    "conv": "convolution conv1d conv2d conv3d convolution2d convolutional",
    "depthwise_conv": "depthwiseconv1d depthwiseconv2d depthwise depthwiseconv",
    "separable_conv": "separableconv1d separableconv2d separableconv",
    "conv_transpose": "convtranspose convtranspose1d convtranspose2d convtranspose3d conv2dtranspose deconv deconvolution",
    "max_pool": "maxpool maxpool1d maxpool2d maxpool3d maxpooling maxpooling1d maxpooling2d maxpooling3d",
    "avg_pool": "avgpool avgpool1d avgpool2d avgpool3d averagepooling averagepooling1d averagepooling2d averagepooling3d average_pool",
    "global_avg_pool": "gap globalaveragepooling globalaveragepooling1d globalaveragepooling2d "
    "globalaveragepooling3d globalavgpool global_average_pool",
    "global_max_pool": "gmp globalmaxpooling globalmaxpooling1d globalmaxpooling2d globalmaxpooling3d globalmaxpool",
    "adaptive_avg_pool": "adaptiveavgpool1d adaptiveavgpool2d adaptiveavgpool3d adaptiveaveragepooling2d",
    "adaptive_max_pool": "adaptivemaxpool1d adaptivemaxpool2d adaptivemaxpool3d adaptivemaxpooling2d",
    "dense": "linear_layer fc fully_connected fullyconnected innerproduct",
    "batch_norm": "batchnorm bn batchnormalization batchnorm1d batchnorm2d batchnorm3d batch_normalization",
    "layer_norm": "layernorm layernormalization",
    "group_norm": "groupnorm groupnormalization",
    "instance_norm": "instancenorm instancenorm1d instancenorm2d instancenorm3d instancenormalization",
    "local_response_norm": "lrn localresponsenorm",
    "spatial_dropout": "spatialdropout1d dropout1d spatialdropout2d spatialdropout3d dropout2d dropout3d",
    "drop_path": "droppath stochastic_depth stochasticdepth",
    "pad": "zeropadding1d zeropadding2d zeropadding3d zero_pad zeropad2d padding",
    "crop": "cropping1d cropping2d cropping3d cropping",
    "upsample": "upsampling1d upsampling2d upsampling3d upsampling upsamplingnearest2d upsamplingbilinear2d",
    "reshape": "unflatten view",
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
MISSING = {  # kinds of other frameworks and papers that cnncli has not
    "attention": "attention selfattention multiheadattention mha additiveattention transformer transformerblock",
    "recurrent": "rnn simplernn lstm gru convlstm convlstm1d convlstm2d bidirectional",
    "embedding": "embedding positionalencoding positionalembedding",
}
_ADVICE = (  # words that are no single kind here, and the mend
    ("input inputlayer inputs", "inputs are in the section input, such as input: [224, 224, 3], and no layer"),
    (
        "sequential model modulelist container",
        "layers in a row need no container: write them under layers, or as a block under blocks",
    ),
    ("pooling pool", "write max_pool or avg_pool"),
    ("norm normalisation", "write batch_norm, layer_norm, group_norm or instance_norm"),
    ("activation activations", "write the activation itself, such as `- relu`"),
    (
        "residual residualblock skip shortcut resblock basicblock",
        "write the shortcut as branches, `- add: {main: [...], shortcut: []}`",
    ),
    (
        "se seblock squeezeexcite squeezeexcitation squeezeandexcitation",
        "write it as a block of multiply, global_avg_pool and two dense layers, as in cnncli show seresnet50",
    ),
    ("groupconv groupedconv groupconv2d groupedconv2d", "write conv with groups: N"),
    ("dilatedconv atrousconv dilatedconv2d atrousconv2d", "write conv with dilation: N"),
    ("pointwiseconv pointwise conv1x1 pointwiseconv2d", "write conv with kernel: 1"),
    ("conv3x3", "write conv with kernel: 3"),
    ("bottleneck mbconv invertedresidual denseblock inception fire", "define it under blocks, and use it like a layer"),
    ("lambda", "write what it computes with the kinds that there are"),
)
_FIGURES = {
    "params": "parameters param parameter weights nparams numparams paramcount parametercount totalparams totalparameters",
    "trainable_params": "trainable trainableparameters trainableweights",
    "non_trainable_params": "nontrainable nontrainableparameters frozenparams",
    "macs": "mac madd madds multadds multiplyadds multiplyaccumulates gmacs mults multiplications",
    "flops": "flop gflops floatingpointoperations operations ops",
    "receptive_field": "rf field receptivefields fov fieldofview",
    "effective_stride": "stride jump totalstride",
    "output_shape": "shape outputsize outshape outputdim",
    "param_bytes": "weightbytes weightmemory modelsize size paramsize",
    "activation_bytes": "activations activationmemory activationsize",
    "peak_memory_bytes": "peak peakmemory memory ram inferencememory",
    "training_memory_bytes": "trainingmemory trainmemory",
    "layers": "depth layercount numlayers nlayers",
}
FIGURES = {word: figure for figure, words in _FIGURES.items() for word in words.split()}
KINDS = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_MISSING = {word: what for what, words in MISSING.items() for word in words.split()}
_MENDS = {word: advice for words, advice in _ADVICE for word in words.split()}
_LEFT_OUT = {word: advice for words, advice in _NEEDLESS for word in words.split()}
_QUALIFIED = re.compile(r"(?:[A-Za-z_]\w*\.)+([A-Za-z_]\w*)(.*)", re.DOTALL)


def kind_hint(word: str, known: Iterable[str], value: str = "") -> str:
    """What the writer of an unknown kind may have meant; `value` is what stands behind it."""
    known = list(known)
    word = _last_name(word)
    if word in known:
        return f"; here it is called {quote(word)}"
    head, rest = split_word(word)
    if rest and (head in known or known_kind(head, known)):
        right = f"{head if head in known else known_kind(head, known)}: {rest}"
        return f"; write {quote(right)}, with a colon and a space"
    bare = word.lower().replace("_", "").replace("-", "")
    if bare in ("activation", "activations") and value in known:
        return f"; write the activation itself: `- {value}`"
    if bare in _MENDS:
        return f"; {_MENDS[bare]}"
    if bare in _MISSING:
        return f"; cnncli has no {_MISSING[bare]} layers (cnncli layers lists the kinds)"
    ours = known_kind(word, known)
    identity = " ('linear' is the identity)" if bare == "linear" else ""
    return f"; here it is called {quote(ours)}{identity}" if ours else nearest(word, known) or "; cnncli layers lists the kinds"


def known_kind(word: str, known: Iterable[str]) -> str:
    """The kind that another program's word means here; empty if there is none. PyTorch's Linear is dense."""
    word = _last_name(word)
    bare = word.lower().replace("_", "").replace("-", "")
    if bare == "linear":
        return "dense"
    return KINDS.get(word.lower()) or KINDS.get(bare) or next((kind for kind in known if kind.replace("_", "") == bare), "")


def option_hint(word: str, known: Iterable[str], title: str = "") -> str:
    """What the writer of an unknown option of `title` may have meant."""
    known = list(known)
    head, rest = split_word(word)
    if head in known and rest:
        return f"; write {quote(f'{head}: {rest}')}, with a colon and a space"
    ours = next((option for option in _meanings(word) if option in known), None)
    if ours is not None:
        return f"; here it is called {quote(ours)}"
    if word.lower() in _LEFT_OUT:
        return f"; {_LEFT_OUT[word.lower()]}"
    if word[-1:] == ")":
        return "; lists have square brackets, such as [3, 3]"
    return nearest(word, known) or (f"; its options are {', '.join(known)}" if known else identity_hint(title) or "; it has no options")


def identity_hint(title: str) -> str:
    """What the writer of options of `linear` meant; empty for other kinds."""
    return "; it is the identity, and a fully connected layer is called 'dense'" if title == "linear" else ""


def figure_hint(word: str, known: Iterable[str]) -> str:
    """What the writer of an unknown figure may have meant; empty where nothing is similar."""
    known = list(known)
    ours = FIGURES.get(word.lower().replace("_", "").replace("-", "").replace(" ", ""))
    return f"; here it is called {quote(ours)}" if ours in known and ours else nearest(word, known)


def meant_option(word: str, known: Iterable[str]) -> str:
    """The option that the hint for `word` names, so that it is not said to be missing too; empty if there is none."""
    known = list(known)
    for meant in (split_word(word)[0], *_meanings(word)):
        if meant in known:
            return meant
    return nearest_word(word, known)


def _meanings(word: str) -> list[str]:
    """The options that a word may mean, the usual one first."""
    word = word.lower()
    return [*filter(None, [OPTIONS.get(word)]), *_OTHERWISE.get(word, "").split()]


def _last_name(word: str) -> str:
    """Conv2d of nn.Conv2d or keras.layers.Conv2d."""
    qualified = _QUALIFIED.fullmatch(word)
    return qualified[1] + qualified[2] if qualified else word


def split_word(word: str) -> tuple[str, str]:
    """The name and the value in `kernel:3`, `dense 10` or `dense(10)`, with nothing behind a plain name."""
    for index, letter in enumerate(word):
        if letter in ":= (":
            return word[:index], word[index:].strip(":= ()")
    return word, ""
