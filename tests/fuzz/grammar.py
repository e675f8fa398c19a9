"""Text made from a grammar: expressions, values, layers, specs, matrices, conditions."""

from __future__ import annotations

import random

from cnncli.layers import KINDS
from cnncli.random_networks import random_draft

from .mutation import WORDS, mutate_text

FUNCTIONS = ["min", "max", "round", "ceil", "floor", "round8"]
NO_ARITHMETIC = [
    "'a'", "[1]", "()", "None", "1if 2else 3", "1 2", "x.y", "x[0]", "not 1", "*x", "1or 2", "\\d", "2**9", "1e999",
    "0x10", "1j", "٣", "é", "lambda: 1", "abs(1)", "max()", "x := 1", "1 < 2", "1 @ 2", "~1", "f(x=1)", "",
]  # fmt: skip
FIGURES = [
    "params", "macs", "flops", "receptive_field", "peak_memory", "activation_bytes", "layers.conv_1.params",
    "layers.conv_1", "outputs", "totals", "layers.conv_1.receptive_field", "param_bytes", "parameters", "name",
]  # fmt: skip


def expression(rng: random.Random, depth: int = 0) -> str:
    """Arithmetic, mostly legal."""
    if rng.random() < 0.04:
        return rng.choice(NO_ARITHMETIC)
    kind = rng.randrange(9 if depth < 4 else 2)
    if kind == 0:
        return str(rng.choice([0, 1, 2, 3, 7, 64, 0.5, 1e-9, 10**15, 10**16, "1_0"]))
    if kind == 1:
        return rng.choice(["width", "filters", "x"])
    if kind < 4:
        return f"({expression(rng, depth + 1)})"
    if kind == 4:
        arguments = [expression(rng, depth + 1) for _ in range(rng.choice([1, 1, 2, 3, 0]))]
        return f"{rng.choice(FUNCTIONS)}({', '.join(arguments)})"
    if kind == 5:
        return f"{rng.choice('-+')}{expression(rng, depth + 1)}"
    operator = rng.choice(["+", "-", "*", "/", "//", "%"])
    return f"{expression(rng, depth + 1)} {operator} {expression(rng, depth + 1)}"


def own_value(name: str, rng: random.Random) -> str:
    """A value that an option of this name usually takes."""
    known = {
        "padding": ["same", "valid", "1", "[1, 0]", "[[0, 1], [1, 0]]"],
        "activation": ["relu", "softmax", "{leaky_relu: 0.1}", "Relu"],
        "bias": ["true", "false"],
        "kernel": ["1", "3", "[3, 1]", "5"],
        "mode": ["nearest", "bilinear", "reflect", "dcr"],
        "initializer": ["he_normal", "{constant: 0.1}", "dirac"],
        "rate": ["0.5", "0"],
    }
    return rng.choice(known.get(name, ["1", "2", "3", "4", "8", "0.5", "$width"]))


def value(rng: random.Random) -> str:
    """A value of an option."""
    kind = rng.randrange(8)
    if kind == 0:
        return f'"$({expression(rng)})"'
    if kind == 1:
        return rng.choice(WORDS)
    if kind == 2:
        return f"[{', '.join(str(rng.randint(-1, 9)) for _ in range(rng.randrange(4)))}]"
    if kind == 3:
        return rng.choice(["same", "valid", "relu", "Relu", "SAME", "softmax", "$width", "true", "reflect", "dcr"])
    if kind == 4:
        return str(rng.choice([0.0, 0.5, 1.0, -1.0, 1e-300, 1e300]))
    return str(rng.randint(0, 70))


def options(kind: str, rng: random.Random) -> str:
    """The options of a kind, some of them missing, some of them wrong."""
    fields = list(KINDS[kind].fields) if kind in KINDS else ["filters", "kernel"]
    required = [name for name in fields if kind in KINDS and KINDS[kind].fields[name].required]
    chosen = [name for name in fields if rng.random() < (0.97 if name in required else 0.2)]
    if rng.random() < 0.03:
        chosen.append(rng.choice(["filtes", "name", "from", "repeat", "", "kernel_size"]))
    makers = [own_value(name, rng) if rng.random() < 0.85 else value(rng) for name in chosen]
    return "{" + ", ".join(f"{name}: {made}" for name, made in zip(chosen, makers, strict=True)) + "}"


def item(rng: random.Random, indent: str, depth: int = 0) -> str:
    """An item of a list of layers."""
    common = ["conv", "conv", "relu", "max_pool", "batch_norm", "add", "flatten", "dense"]
    kind = rng.choice(common if rng.random() < 0.5 else [*KINDS])
    if rng.random() < 0.02:
        kind = rng.choice([*WORDS, "Conv2D", "attention"])
    merges = kind in KINDS and KINDS[kind].merges
    if merges and depth < 3:
        branches = [f"{indent}    {name}:{branch(rng, indent, depth)}" for name in ("a", "b", "c")[: rng.randint(0, 3)]]
        text = "\n".join([f"{indent}- {kind}:", *branches])
    else:
        text = f"{indent}- {kind}: {options(kind, rng) if rng.random() < 0.9 else value(rng)}"
    for key, known in (
        ("name", ["a", "stem", "conv_1", "x y", "é" * 40]),
        ("repeat", ["2", "0", "-1", "1000000", "$n"]),
        ("from", ["stem", "above", "[above, stem]", "[]", "nowhere"]),
        ("freeze", ["true", "kernel", "[bias, gamma]", "all"]),
        ("weights", ["stem", "conv_1"]),
    ):
        if rng.random() < 0.04:
            text += f"\n{indent}  {key}: {rng.choice(known)}"
    return text


def branch(rng: random.Random, indent: str, depth: int) -> str:
    """A branch of a merge."""
    count = rng.randrange(3)
    if count == 0:
        return " []"
    return "\n" + "\n".join(item(rng, indent + "      ", depth + 1) for _ in range(count))


def grammar_spec(rng: random.Random) -> str:
    """A spec that is rarely legal."""
    sizes = rng.choice(
        ["[8, 8, 3]", "[3, 224, 224]", "[28, 28, 1]", "[16, 2]", "[4, 4, 4, 2]", "[5]", "[]", "{a: [8, 8, 1], b: [8, 8, 1]}"]
    )
    lines = [f"name: {rng.choice(['net'] * 40 + WORDS)}", f"input: {sizes}"]
    if rng.random() < 0.4:
        lines += ["parameters:", f"  width: {value(rng)}", "  n: 2"]
    if rng.random() < 0.3:
        lines += ["defaults:", f"  {rng.choice(list(KINDS))}: {options('conv', rng)}"]
    if rng.random() < 0.4:
        lines += ["blocks:", f"  block({rng.choice(['filters', 'filters, n=2', ''])}):", item(rng, "    "), item(rng, "    ")]
    lines.append("layers:")
    lines += [item(rng, "  ") for _ in range(rng.randint(0, 5))]
    if "blocks:" in lines and rng.random() < 0.8:
        lines.append(f"  - block: {rng.choice(['3', '{filters: 4, n: 1}', ''])}")
    if rng.random() < 0.2:
        lines.append(f"outputs: {rng.choice(['[a]', '[stem, a]', 'a', '[]', '[relu_1]'])}")
    if rng.random() < 0.3:
        lines.append(f"expect: {{{rng.choice(FIGURES)}: {rng.choice(['<= 5', '== x', '9', '>= $width', '[1, 2]'])}}}")
    if rng.random() < 0.2:
        lines.append(f"train: {{{rng.choice(['data', 'epochs', 'optimizer', 'augment', 'schedule', 'lr'])}: {value(rng)}}}")
    if rng.random() < 0.1:
        other = rng.choice(["lenet5", "spec.yaml", "other.yaml", "/etc/passwd", "/dev/zero", "."])
        lines.append(f"{rng.choice(['extends', 'backbone'])}: {other}")
    return "\n".join(lines) + "\n"


def spec(rng: random.Random, shipped: list[str]) -> str:
    """A spec: a shipped one, a random network or one from the grammar, often with slips."""
    kind = rng.randrange(4)
    if kind == 0:
        text = rng.choice(shipped)
    elif kind == 1:
        text = random_draft(random.Random(rng.random())).text()
    else:
        text = grammar_spec(rng)
    return mutate_text(text, rng) if rng.random() < 0.45 else text


def word(rng: random.Random) -> str:
    """A layer as it is written on the command line."""
    kind = rng.choice([*KINDS, "fc", "Conv2D", "softmax:10", "[", "]", "/", "vs", "then", "conv:N"])
    if rng.random() < 0.3:
        return kind
    count = sum(field.required for field in KINDS[kind].fields.values()) if kind in KINDS else 1
    arguments = [str(rng.choice([1, 2, 3, 4, 8, "3x5", "N"])) for _ in range(count)]
    if rng.random() < 0.3:
        name = rng.choice(["padding", "stride", "p", "s", "bias", ""])
        arguments.append(f"{name}={own_value(name, rng) if rng.random() < 0.7 else value(rng)}")
    return f"{kind}:{','.join(arguments)}"


def size(rng: random.Random) -> str:
    """A size as it is written on the command line."""
    if rng.random() < 0.7:
        return rng.choice(["8x8x3", "28x28x1", "32x32", "10", "16x2", "4x4x4x2", "3x32x32", "160x160x3"])
    parts = [1, 3, 8, 28, 32, 224, 0, -1, "", "a"]
    return rng.choice(["x", "X", ",", "×", " "]).join(str(rng.choice(parts)) for _ in range(rng.randint(1, 4)))


def matrix(rng: random.Random) -> str:
    """Numbers as people type them."""
    numbers = ["1", "2", "0", "-1", "3", "1/9", "0.1"]
    if rng.random() < 0.15:
        numbers += ["1e400", "x", "", "٣", "1,5", "nan", "1/0", "1e-320"]
    between = rng.choice([" ", " ", ",", ", ", "\t"])
    width = rng.choice([1, 2, 3, 3, 4])
    rows = [between.join(rng.choice(numbers) for _ in range(width)) for _ in range(rng.randint(1, 4))]
    if rng.random() < 0.2:
        return "[" + ", ".join(f"[{', '.join(row.split(between))}]" for row in rows) + "]"
    return rng.choice([";", "; ", "\n", " | "]).join(rows)


def kernel(rng: random.Random) -> str:
    """A kernel: numbers, or a name with options."""
    if rng.random() < 0.6:
        return matrix(rng)
    name = rng.choice(["sobel_x", "gaussian", "gabor", "box", "sharpen", "identity", "nothing"])
    size = rng.choice([":3", ":5", "", ":0", ":4"])
    if rng.random() < 0.6:
        return name + size
    option = rng.choice(["sigma", "theta", "wavelength", "gamma", "x"])
    number = rng.choice(["1", "0", "-1", "45", "1e-308", "1e308", "1e-200", "x"])
    return f"{name}{size},{option}={number}"


def condition(rng: random.Random) -> str:
    """A condition on a figure."""
    operator = rng.choice(["<=", ">=", "=", "==", "<", " ", ""])
    return rng.choice(FIGURES) + operator + rng.choice(["5", "1e6", "1e999", "x", "", "-1", "9" * 300])
