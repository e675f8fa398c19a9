"""Exercises from courses, with their answers: each about shapes, counts, costs or fields is asked as one command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cnncli.cli import main

FILE = Path(__file__).parent.parent.parent / "shared" / "exercises.json"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the exercises are not beside this folder")
EXERCISES = {one["id"]: one for one in json.loads(FILE.read_text(encoding="utf-8"))} if FILE.exists() else {}

LENET5 = "--input 32x32x1 conv:6,5 avg_pool:2 conv:16,5 avg_pool:2 flatten dense:120 dense:84 dense:10"
LENET = "--input 28x28x1 conv:6,5 max_pool:2 conv:16,5 max_pool:2 flatten dense:120 dense:84 dense:10"
TINY = "--input 28x28x1 " + " ".join(
    f"conv:{filters},3,padding={pad},bias=false batch_norm relu{' max_pool:2' * pool}"
    for filters, pad, pool in ((8, "same", False), (8, "same", True), (16, "same", False), (16, "same", True), (24, "valid", False))
) + " global_avg_pool dense:10"  # fmt: skip
PADDED = "--input 28x28x1 conv:32,3,padding=1 max_pool:2 conv:64,3,padding=1 max_pool:2 flatten"
CIFAR = "--input 32x32x3 conv:32,3,padding=same max_pool:2 conv:64,3,padding=same max_pool:2 flatten dense:128 dense:10"
STEM = "conv:64,3,padding=same conv:64,3,padding=same max_pool:2 conv:128,3,padding=same conv:128,3,padding=same max_pool:2"


def inception(one: int, three: tuple[int, int], five: tuple[int, int], pool: int) -> str:
    """A module of GoogLeNet, by the column heads of its table."""
    return (
        f"concat [ conv:{one},1 / conv:{three[0]},1 conv:{three[1]},3,padding=same / conv:{five[0]},1 conv:{five[1]},5,padding=same"
        f" / max_pool:3,stride=1,padding=same conv:{pool},1 ]"
    )


NAIVE = "concat [ conv:64,1 / conv:128,3,padding=same / conv:32,5,padding=same / max_pool:3,stride=1,padding=same ]"
MODULES = (
    "--input 224x224x3 conv:64,7,stride=2,padding=same max_pool:3,stride=2,padding=same "
    + inception(64, (96, 128), (16, 32), 32) + " " + inception(128, (128, 192), (32, 96), 64)
    + " global_avg_pool dense:1000"
)  # fmt: skip


def asked(words: str) -> Any:
    """What a command prints for machines."""
    done = CliRunner().invoke(main, [*words.split(), "--format", "json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def calc(words: str) -> Any:
    """The first network of `cnncli calc`."""
    return asked(f"calc {words}")["networks"][0]


def summary(name: str) -> Any:
    """`cnncli summarize` of a spec."""
    return asked(f"summarize {name}")


def totals(words: str, *keys: str) -> Any:
    """Totals of a chain, or of a spec: one, or several in a list."""
    found = (calc(words) if "--input" in words else summary(words))["totals"]
    return found[keys[0]] if len(keys) == 1 else [found[key] for key in keys]


def kinds(network: Any, *wanted: str) -> list[Any]:
    """The layers of some kinds, in their order."""
    return [layer for layer in network["layers"] if layer["kind"] in wanted]


def shapes(words: str) -> list[list[int]]:
    """The output of each layer but the input."""
    return [layer["output_shape"] for layer in calc(words)["layers"][1:]]


def params(network: Any, *wanted: str) -> list[int]:
    """The parameters of the layers of some kinds."""
    return [layer["params"] for layer in kinds(network, *wanted)]


def fields(words: str) -> list[list[int]]:
    """The receptive field of each layer but the input."""
    return [layer["receptive_field"]["size"] for layer in calc(words)["layers"][1:]]


def told(network: Any) -> list[list[Any]]:
    """[name, shape, parameters] of each layer that exercises list, under the short names that they use."""
    short = {"conv": "conv", "avg_pool": "pool", "max_pool": "pool", "flatten": "flatten", "dense": "fc", "batch_norm": "bn",
             "global_avg_pool": "gap"}  # fmt: skip
    count: dict[str, int] = {}
    rows = []
    for layer in network["layers"]:
        word = short.get(layer["kind"])
        if word:
            count[word] = count.get(word, 0) + 1
            rows.append([f"{word}{count[word]}", layer["output_shape"], layer["params"]])
    return rows


def formula(words: str, label: str) -> str:
    """The formula that `calc` shows under a label."""
    lines = calc(words)["workings"][0]["workings"]
    return str(next(line["formula"] for line in lines if line["label"] == label))


def size(n: int, k: int, p: int | str, s: int, kind: str = "conv") -> int:
    """What one window makes of a size."""
    word = f"conv:1,{k}" if kind == "conv" else f"max_pool:{k},ceil=true"
    return int(calc(f"--input {n}x{n}x1 {word},stride={s},padding={p}")["totals"]["output_shape"][0])


def strides() -> dict[str, dict[str, int]]:
    """A09: what a stride makes of sizes."""
    asked_for = [(7, 2), (28, 2), (224, 2), (13, 3), (5, 2)]
    return {
        f"n={n},s={s}": {
            "same padding (Keras) ceil(n/s)": size(n, 3, "same", s),
            "symmetric p=(k-1)/2, k=3 (PyTorch)": size(n, 3, 1, s),
            "valid, k=3": size(n, 3, 0, s),
        }
        for n, s in asked_for
    }


def rounded() -> dict[str, dict[str, int]]:
    """B20: floor, as convolutions round, and ceil, as pooling may."""
    asked_for = [(224, 7, 3, 2), (7, 3, 0, 2), (28, 3, 1, 2), (227, 11, 0, 4), (32, 2, 0, 3)]
    return {f"H={n},K={k},P={p},S={s}": {"ceil (seed)": size(n, k, p, s, "pool"), "floor": size(n, k, p, s)} for n, k, p, s in asked_for}


def padding(words: str) -> list[Any]:
    """The paddings that `cnncli solve padding` finds."""
    return [found["values"]["padding"] for found in asked(f"solve padding {words}")["found"]]


def shares(network: Any) -> dict[str, float]:
    """The share of each layer of the parameters."""
    return {layer["name"]: round(layer["params"] / network["totals"]["params"], 4) for layer in network["layers"]}


def explained_shares(name: str) -> dict[str, str]:
    """The shares that `cnncli explain` tells in words."""
    return {line["label"]: line["words"] for line in asked(f"explain {name} --only params")["sections"][-1]["workings"]}


def transfer(base: str, head: str) -> tuple[Any, Any]:
    """The parameters of a shipped network without its last dense layer, and the totals of another head."""
    network = summary(base)
    return network["totals"]["params"] - network["layers"][-1]["params"], calc(head)["totals"]


ASKED: dict[str, Callable[[], Any]] = {
    "A08": lambda: {
        "shapes (n=16, same)": shapes("--input 16x16x1 conv:2,3,padding=same,bias=false conv:1,3,padding=same,bias=false"),
        "weights": params(calc("--input 16x16x1 conv:2,3,padding=same,bias=false conv:1,3,padding=same,bias=false"), "conv"),
    },
    "A09": strides,
    "A11": lambda: dict(zip(("weights", "with_bias"), totals("--input 32x32x3 conv:6,5", "params_without_bias", "params"), strict=True)),
    "A12": lambda: asked("calc --input 32x32x3 conv:6,5,padding=same --compare")["comparison"][-1]["params_without_bias"],
    "A15": lambda: {
        "single": dict(zip(("kernel", "stride"), totals("--input 64x64x3 max_pool:2 max_pool:2", "receptive_field", "effective_stride"),
                           strict=True)),
        "sizes": [64, *(shape[0] for shape in shapes("--input 64x64x3 max_pool:2 max_pool:2"))],
    },
    "A16": lambda: [1, 3, *shapes("--input 32x32x3 max_pool:2")[0][:-1]],
    "A21": lambda: shapes(LENET5),
    "A22": lambda: {"total": totals(LENET5, "params"), "per_layer": told(calc(LENET5))},
    "A23": lambda: {
        "rf_per_layer": [[row[0], layer["receptive_field"]["size"], layer["receptive_field"]["stride"]]
                         for row, layer in zip(told(calc(LENET5)), calc(LENET5)["layers"][1:5], strict=False)],
        "MACs": totals(LENET5, "macs"), "FLOPs": totals(LENET5, "flops"),
    },
    "A26": lambda: {
        **{f"Conv{number}": count for number, count in enumerate(params(summary("alexnet"), "conv"), 1)},
        **{f"FC{number}": count for number, count in enumerate(params(summary("alexnet"), "dense"), 1)},
        "Total": totals("alexnet", "params"),
    },
    "A27": lambda: {
        "conv_total": sum(params(summary("alexnet"), "conv")), "dense_total": sum(params(summary("alexnet"), "dense")),
        "dense_share": float(explained_shares("alexnet")["parameters in dense"].split()[0]) / 100,
        "FC1_share": shares(summary("alexnet"))["dense_1"],
    },
    "A28": lambda: {
        "no_groups": totals("alexnet", "params"), "original_two_groups": totals("alexnet_groups", "params"),
        "MACs_no_groups": totals("alexnet", "macs"), "MACs_groups": totals("alexnet_groups", "macs"),
        "rf_pool5": kinds(summary("alexnet"), "max_pool")[-1]["receptive_field"]["size"],
    },
    "A30": lambda: {
        "total": totals("vgg16", "params"), "conv": sum(params(summary("vgg16"), "conv")),
        "dense": sum(params(summary("vgg16"), "dense")), "weight_layers": len(kinds(summary("vgg16"), "conv", "dense")),
        "MACs": totals("vgg16", "macs"), "rf_last_pool": kinds(summary("vgg16"), "max_pool")[-1]["receptive_field"]["size"],
    },
    "A32": lambda: {
        "main_path_convs": sum(layer["options"]["kernel"] > 1 for layer in kinds(summary("resnet34"), "conv")),
        "projection_1x1_convs": sum(layer["options"]["kernel"] == 1 for layer in kinds(summary("resnet34"), "conv")),
        "fc": len(kinds(summary("resnet34"), "dense")),
        "params_trainable": totals("resnet34", "trainable_params"), "plain34_trainable": totals("plain34", "trainable_params"),
        "MACs": totals("resnet34", "macs"),
    },
    "A39": lambda: {"params_no_aux": totals("googlenet", "params"), "MACs": totals("googlenet", "macs")},
    "B04": lambda: totals("--input 3072 dense:1536 dense:768 dense:384 dense:128 dense:10", "params"),
    "B05": lambda: {
        "conv": sum(params(calc(CIFAR), "conv")), "fc": sum(params(calc(CIFAR), "dense")), "total": totals(CIFAR, "params"),
        "shapes": told(calc(CIFAR)), "MACs": totals(CIFAR, "macs"),
    },
    "B12": lambda: {
        **dict(zip(("weights", "with_bias"), totals("--input 32x32x3 conv:2,4", "params_without_bias", "params"), strict=True)),
        "channels": totals("--input 32x32x3 conv:2,4", "output_shape")[-1],
    },
    "B13": lambda: {
        "out": totals("--input 224x224x3 conv:1,3", "output_shape"), "params": totals("--input 224x224x3 conv:1,3", "params"),
        "kernel": "{0}x{0}x3, valid".format(asked("solve size 224 222 --stride 1 --padding 0")["found"][0]["values"]["kernel"]),
    },
    "B14": lambda: {
        "maps": totals("--input 32x32x3 conv:6,5", "output_shape")[-1], "params": totals("--input 32x32x3 conv:6,5", "params"),
        "out_on_32x32x3": totals("--input 32x32x3 conv:6,5", "output_shape"),
    },
    "B15": lambda: {
        "out": totals("--input 5x5x3 conv:2,3,stride=2,padding=1", "output_shape"),
        "params": totals("--input 5x5x3 conv:2,3,stride=2,padding=1", "params"),
    },
    "B20": rounded,
    "B23": lambda: {
        "conv": sum(params(calc(LENET), "conv")), "fc": sum(params(calc(LENET), "dense")), "total": totals(LENET, "params"),
        "shapes": told(calc(LENET)), "MACs": totals(LENET, "macs"),
    },
    "B24": lambda: "{:,} ({:.1f}K)".format(totals(LENET, "params"), totals(LENET, "params") / 1000),
    "B25": lambda: {
        **dict(zip(("conv", "pool", "fc"), [*params(calc("--input 6x6x1 conv:1,3 relu max_pool:2 flatten dense:3"),
                                                     "conv", "max_pool", "dense")], strict=True)),
        "total": totals("--input 6x6x1 conv:1,3 relu max_pool:2 flatten dense:3", "params"),
    },
    "C06": lambda: {
        **dict(zip(("fc_weights", "fc_with_bias"), totals("--input 10000 dense:500", "params_without_bias", "params"), strict=True)),
        **dict(zip(("cnn_weights", "cnn_with_bias"), totals("--input 100x100x1 conv:5,3", "params_without_bias", "params"), strict=True)),
    },
    "C11": lambda: totals("--input 4x4x1 max_pool:2", "output_shape")[0],
    "C12": lambda: {
        "flatten": shapes("--input 28x28x1 conv:32,3 flatten dense:128 dense:10")[1][0],
        "total": totals("--input 28x28x1 conv:32,3 flatten dense:128 dense:10", "params"),
        "shapes": told(calc("--input 28x28x1 conv:32,3 flatten dense:128 dense:10")),
    },
    "C15": lambda: [[1, *layer["output_shape"]] for layer in calc(f"--input 224x224x3 {STEM} conv:256,3,padding=same")["layers"]],
    "C16": lambda: {
        name: shapes(f"--input 32x32x3 conv:32,3,padding={name} max_pool:2 conv:64,3,padding={name} max_pool:2 conv:128,3,padding={name}")
        for name in ("same", "valid")
    },
    "C17": lambda: {
        "ann": totals("--input 4096 dense:512", "params"),
        **dict(zip(("cnn_weights", "cnn_with_bias"), totals("--input 64x64x1 conv:32,3", "params_without_bias", "params"), strict=True)),
    },
    "C19": lambda: totals("--input 784 dense:512 dense:10", "params"),
    "C24": lambda: totals("vgg16", "params"),
    "C28": lambda: {
        "modules": {f"inc{number}": layer["output_shape"] for number, layer in enumerate(kinds(calc(MODULES), "concat"), 1)},
        "total": totals(MODULES, "params"), "MACs": totals(MODULES, "macs"),
    },
    "E15": lambda: (lambda built, naive: {
        "out": built["output_shape"], "params": built["params"], "MACs": built["macs"],
        "naive_out": naive["output_shape"], "naive_params": naive["params"], "naive_MACs": naive["macs"],
    })(*asked(f"calc --input 28x28x192 {inception(64, (96, 128), (16, 32), 32)} vs {NAIVE}")["comparison"]),
    "C25": lambda: {"rf_two_3x3": fields("--input 32x32x1 conv:1,3 conv:1,3")[-1], "rf_5x5": fields("--input 32x32x1 conv:1,5")[-1]},
    "D01": lambda: dict(
        zip(("features", "weights", "with_bias"),
            [*shapes("--input 224x224x3 flatten")[0], *totals("--input 150528 dense:1000", "params_without_bias", "params")], strict=True)
    ),
    "D02": lambda: {
        "3x3x3": totals("--input 9x9x3 conv:1,3", "params"), "7x7x3": totals("--input 9x9x3 conv:1,7", "params"),
        "3x3x64": totals("--input 9x9x64 conv:1,3", "params"),
    },
    "D03": lambda: {
        "conv": len(kinds(summary("lenet5"), "conv")), "pool": len(kinds(summary("lenet5"), "avg_pool")),
        "fc": len(kinds(summary("lenet5"), "dense")), "params": totals("lenet5", "params"),
    },
    "D11": lambda: {
        "rf": fields("--input 32x32x1 conv:1,3 conv:1,3")[-1],
        "weights": [row["params_without_bias"] for row in asked("calc --input 32x32x1 conv:1,3 conv:1,3 vs conv:1,5")["comparison"]],
    },
    "D13": lambda: dict(zip(("layer1", "layer2", "total"), [*params(calc(f"--input 224x224x3 {STEM}"), "conv")[:2],
                            totals("--input 224x224x3 conv:64,3,padding=same conv:64,3,padding=same", "params")], strict=True)),
    "D16": lambda: shapes("--input 32x32x3 max_pool:2")[0][0],
    "D17": lambda: {str(n): shapes(f"--input {n}x{n}x1 max_pool:2")[0][0] for n in (7, 13)},
    "D20": lambda: dict(zip(("3a", "3b", "3c", "total"), [
        *params(calc("--input 56x56x128 conv:256,3 conv:256,3 conv:256,3"), "conv"),
        totals("--input 56x56x128 conv:256,3 conv:256,3 conv:256,3", "params")], strict=True)),
    "D21": lambda: dict(zip(("MACs", "FLOPs"), totals("--input 56x56x64 conv:128,3,padding=same", "macs", "flops"), strict=True)),
    "D24": lambda: {"ResNet-50": totals("resnet50", "params"), "ResNet-152": totals("resnet152", "params")},
    "D25": lambda: {
        "LeNet": totals("lenet5", "params"), "AlexNet": totals("alexnet", "params"), "VGG-16": totals("vgg16", "params"),
        "GoogLeNet_no_aux": totals("googlenet", "params"), "EfficientNetB0": totals("efficientnet_b0", "params"),
        "EfficientNetB7": totals("efficientnet_b7", "params"),
    },
    "D27": lambda: [1, *(lambda shape: [shape[-1], *shape[:-1]])(shapes("--input 6x6x3 conv:8,3,padding=1 max_pool:2")[-1])],
    "D28": lambda: {
        "flatten": shapes("--input 28x28x1 conv:16,3,padding=1 max_pool:2 flatten dense:10")[2][0],
        "pred": [2, *shapes("--input 28x28x1 conv:16,3,padding=1 max_pool:2 flatten dense:10")[3]],
        "params": totals("--input 28x28x1 conv:16,3,padding=1 max_pool:2 flatten dense:10", "params"),
    },
    "D31": lambda: {
        "total": totals("cifar10_cnn_bn", "params"), "trainable": totals("cifar10_cnn_bn", "trainable_params"),
        "MACs": totals("cifar10_cnn_bn", "macs"), "shapes": told(summary("cifar10_cnn_bn")),
        "rf_last_pool": kinds(summary("cifar10_cnn_bn"), "max_pool")[-1]["receptive_field"]["size"],
    },
    "D33": lambda: (lambda base, head: {
        "base": base, "trainable_frozen_base": head["trainable_params"], "total": base + head["params"], "printed": base + head["params"],
    })(*transfer("resnet50", "--input 7x7x2048 global_avg_pool dense:256 batch_norm dropout:0.5 dense:5")),
    "D36": lambda: (lambda base, head: {"total_when_built": base + head["params"], "trainable": head["trainable_params"]})(
        *transfer("mobilenet_v2", "--input 7x7x1280 global_avg_pool dense:256 batch_norm dropout:0.5 dense:38")),
    "D37": lambda: {
        "total": totals("traffic_sign_cnn", "params"), "trainable": totals("traffic_sign_cnn", "trainable_params"),
        "shapes": told(summary("traffic_sign_cnn")), "MACs": totals("traffic_sign_cnn", "macs"),
    },
    "D38": lambda: {
        "total": totals("devanagari_cnn", "params"), "trainable": totals("devanagari_cnn", "trainable_params"),
        "shapes": told(summary("devanagari_cnn")), "MACs": totals("devanagari_cnn", "macs"),
    },
    "D40": lambda: shapes("--input 32x32x1 conv:1,5")[0][0],
    "D42": lambda: {
        "weights": kinds(summary("vgg16"), "dense")[0]["params_without_bias"], "with_bias": params(summary("vgg16"), "dense")[0],
        "share": shares(summary("vgg16"))["dense_1"],
    },
    "D44": lambda: {str(k): padding(str(k))[0] for k in (3, 5)},
    "E07": lambda: {
        "shapes": shapes(f"{PADDED} dense:128"), "params_to_128": totals(f"{PADDED} dense:128", "params"),
        "params_with_10_outputs": totals(f"{PADDED} dense:128 dense:10", "params"),
    },
    "E16": lambda: {
        "input": summary("unet")["input"], "out": totals("unet", "output_shape"), "params": totals("unet", "params"),
        "MACs": totals("unet", "macs"), "lowest": kinds(summary("unet"), "max_pool")[-1]["output_shape"],
    },
    "Q02": lambda: totals("--input 16x16x64 conv:128,3", "params"),
    "Q04": lambda: (lambda two, one: {
        "two_3x3": two["params_without_bias"], "one_5x5": one["params_without_bias"],
        "saving": one["params_without_bias"] - two["params_without_bias"], "fraction": round(1 - 1 / one["times_params_without_bias"], 2),
        "with_bias": {"two_3x3": two["params"], "one_5x5": one["params"], "saving": one["params"] - two["params"]},
    })(*asked("calc --input 14x14x256 conv:256,3,padding=same conv:256,3,padding=same vs conv:256,5,padding=same")["comparison"]),
    "Q05": lambda: fields("--input 32x32x1 conv:1,3 conv:1,3 conv:1,3"),
    "Q09": lambda: dict(zip(("weights", "with_bias"), totals("--input 7x7x512 conv:64,1", "params_without_bias", "params"), strict=True)),
    "Q13": lambda: {
        "total": totals("vgg16", "params"),
        "largest": [[f"fc{number}", count, share] for number, (count, share) in enumerate(
            [(layer["params"], shares(summary("vgg16"))[layer["name"]]) for layer in kinds(summary("vgg16"), "dense")], 1)],
        "dense_share": round(sum(params(summary("vgg16"), "dense")) / totals("vgg16", "params"), 4),
        "per_layer": [[row[0], row[2]] for row in told(summary("vgg16")) if row[2]],
    },
    "Q17": lambda: (lambda gap, flat: {
        "gap_head": gap["params"], "flatten_head": flat["params"], "ratio": round(flat["times_params"], 2),
    })(*asked("calc --input 7x7x1024 global_avg_pool dense:1000 vs flatten dense:1000")["comparison"]),
    "Q18": lambda: {
        "params": totals(TINY, "params"), "trainable": totals(TINY, "trainable_params"),
        "MACs": totals(TINY, "macs"), "shapes": told(calc(TINY)),
    },
    "Q21": lambda: dict(zip(("MACs", "FLOPs"), totals("--input 14x14x256 conv:512,3,padding=same", "macs", "flops"), strict=True)),
    "Q25": lambda: {
        "examples": {f"F={k}": padding(str(k))[0] for k in (3, 5, 7)},
        "W=224,F=7,S=2 (TF)": json.loads(padding("7 --stride 2 --size 224")[-1])[0],
    },
}  # fmt: skip

# Keys of an answer that no command is asked for, and why
LEFT_OUT = {
    "A09": {"seed_floor(n/s)": "the mistake that the exercise is about"},
    "A39": {"weight_layers_on_longest_path": "a depth, no figure of a report"},
    "D28": {"sum": "probabilities of a run"},
    "D33": {"trainable_last_20_unfrozen": "which layers Keras counts among its last twenty"},
    "D36": {"as_printed": "an error of another program"},
    "D44": {"valid": "a formula; the sizes are asked elsewhere"},
    "Q18": {"measured_test_accuracy": "a training"},
    "Q25": {"stride_1_odd_F": "a formula, in FORMULAS", "general_total": "a formula, in FORMULAS"},
}

# Exercises whose answer is a formula: how it is written here, and which command shows it
_SIZE = "⌊(n − k + 2·p)/s⌋ + 1"
FORMULAS = {
    "A10": ("--input 9x9x3 conv:6,3", "without bias", "k·k·C·F"),
    "A19": ("--input 9x9x3 conv:6,5,padding=same", "padding in all", "max((n' − 1)·s + k − n, 0)"),
    "B21": ("--input 9x9x3 conv:6,3", "channels", "F"),
    "C04": ("--input 9x9x3 conv:6,5,padding=1", "size", _SIZE),
    "C08": ("--input 9x9x3 conv:6,3", "parameters", "(k·k·C + 1)·F"),
    "D10": ("--input 9x9x3 conv:6,3", "parameters", "(k·k·C + 1)·F"),
    "E05": ("--input 9x9x3 conv:6,3,padding=1", "size", _SIZE),
    "E06": ("--input 9x9x3 conv:6,3,stride=2", "size", _SIZE),
    "E08": ("--input 28x28x1 conv:1,3,stride=2,padding=1", "size", _SIZE),
    "Q25": ("--input 224x224x3 conv:1,7,stride=2,padding=same", "padding in all", "max((n' − 1)·s + k − n, 0)"),
}

# Numbers that a convolution, a pool, a gradient gives: another command computes them
BY_HAND = {
    "A01", "A02", "A03", "A17", "A18", "A34", "B10", "B26", "B27", "B28", "B30", "C03", "D12", "D18", "D19", "D23", "D30", "E01", "E02",
    "E03", "E04", "Q08", "Q19",
}  # fmt: skip
NO_FIGURE = {
    "A05": "an error message of other code", "A35": "a target tensor of a detector", "A36": "an encoding of boxes", "A37": "boxes",
    "A38": "boxes", "A40": "history", "A41": "practice", "A43": "a class of functions", "B06": "error rates", "B32": "data sets",
    "B33": "history", "B34": "practice", "C05": "a yes or no", "C10": "a syntax error of other code", "C29": "calculus",
    "C30": "a name", "C31": "practice", "C32": "a penalty of a loss", "D06": "history", "D08": "an angle", "D34": "an error of other code",
    "D47": "practice", "D48": "error rates", "D49": "history", "D50": "preprocessing", "E11": "practice", "E17": "names",
    "E18": "a yes or no", "E19": "history", "Q06": "practice", "Q11": "names", "Q12": "practice", "Q15": "a method",
}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
def test_answer(name: str) -> None:
    """What the command says is the correct answer, but for what is left out with a reason."""
    correct, found = EXERCISES[name]["correct_answer"], ASKED[name]()
    left_out = LEFT_OUT.get(name, {})
    if isinstance(correct, dict):
        correct = {key: _without(value, left_out) for key, value in correct.items() if key not in left_out}
    assert found == correct


def _without(value: Any, keys: dict[str, str]) -> Any:
    return {key: inner for key, inner in value.items() if key not in keys} if isinstance(value, dict) else value


@pytest.mark.parametrize("name", FORMULAS)
def test_formula(name: str) -> None:
    """Where the answer is a formula, the workings show it."""
    words, label, expected = FORMULAS[name]
    assert formula(words, label) == expected


def test_every_exercise_is_accounted_for() -> None:
    """Each exercise is asked here, computed by hand elsewhere, or no figure, for a reason that is told; and none is both."""
    here = {*ASKED, *FORMULAS}
    assert here | BY_HAND | set(NO_FIGURE) == set(EXERCISES)
    assert not here & (BY_HAND | set(NO_FIGURE))
    assert not BY_HAND & set(NO_FIGURE)


def test_this_test_can_fail() -> None:
    """A wrong figure is seen: what was printed wrongly differs from what is found."""
    assert ASKED["A11"]()["with_bias"] != 450
    assert ASKED["C16"]()["valid"] != EXERCISES["C16"]["correct_answer"]["same"]
