"""Drawings: what stands in them, escaped; blocks as clusters, or folded; and Graphviz reads them."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from cnncli.export.dot import dot
from cnncli.export.mermaid import escaped, mermaid
from cnncli.export.picture import picture
from cnncli.network import Network
from cnncli.spec import load, loads, shipped
from cnncli.spec.expand import DEEPEST_BLOCKS

SMALL = """
name: small
input: [8, 8, 3]
blocks:
  cell(filters):
    - conv: {filters: $filters, kernel: [3, 1], padding: same, bias: false}
    - batch_norm: {momentum: 0.9}
  residual:
    - add: {main: [{cell: 4}], shortcut: []}
layers:
  - cell: 4
  - residual
  - max_pool: 2
  - flatten
"""

DOT = """\
digraph "small" {
  graph [label="small", labelloc=t, labeljust=l, fontname="Helvetica", fontsize=11, style=rounded, color="#8c8c8c"]
  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=10]
  n0 [label="input\\n8×8×3", fillcolor="#ffffff"]
  subgraph cluster_0 {
    label="cell_1"
    n1 [label="conv\\nfilters 4, kernel [3, 1], padding same,\\nbias false\\n8×8×4", fillcolor="#d6e6f5"]
    n2 [label="batch_norm\\n8×8×4", fillcolor="#ffffff"]
  }
  subgraph cluster_1 {
    label="residual_1"
    subgraph cluster_2 {
      label="cell_1"
      n3 [label="conv\\nfilters 4, kernel [3, 1], padding same,\\nbias false\\n8×8×4", fillcolor="#d6e6f5"]
      n4 [label="batch_norm\\n8×8×4", fillcolor="#ffffff"]
    }
    n5 [label="add\\n8×8×4", fillcolor="#dcefd8", shape=ellipse]
  }
  n6 [label="max_pool\\nsize 2\\n4×4×4", fillcolor="#fbe3cf"]
  n7 [label="flatten\\n64", fillcolor="#ffffff"]
  n0 -> n1
  n1 -> n2
  n2 -> n3
  n3 -> n4
  n4 -> n5
  n2 -> n5
  n5 -> n6
  n6 -> n7
}
"""

MERMAID = """\
flowchart TB
  n0["input<br>8×8×3"]
  n1[["cell_1<br>2 layers<br>8×8×4"]]:::block
  n2[["residual_1<br>3 layers<br>8×8×4"]]:::block
  n3["max_pool<br>size 2<br>4×4×4"]:::pool
  n4["flatten<br>64"]
  n0 --> n1
  n1 --> n2
  n2 --> n3
  n3 --> n4
  classDef pool fill:#fbe3cf
  classDef block fill:#eee8f6
"""


def test_graphviz_text() -> None:
    """A box for each layer with kind, options and shape; a cluster for each use of a block; an arrow for each input."""
    assert "".join(dot(loads(SMALL).network)) == DOT


def test_mermaid_text_with_blocks_folded() -> None:
    """With depth 1 each use of a block in the file itself is one box, with its name, its layers and what comes out of it."""
    assert "".join(mermaid(loads(SMALL).network, 1)) == MERMAID


def test_mermaid_blocks_are_subgraphs() -> None:
    """Without depth they are subgraphs, each begun and ended."""
    text = "".join(mermaid(loads(SMALL).network))
    assert text.count("subgraph ") == text.count("\n  end\n") + text.count("\n    end\n") == 3
    assert '(["add<br>8×8×4"]):::merge' in text


@pytest.mark.parametrize(("depth", "boxes", "arrows"), [(1, 5, 4), (2, 7, 7), (3, 8, 8), (None, 8, 8)])
def test_blocks_are_folded_by_depth(depth: int | None, boxes: int, arrows: int) -> None:
    """A folded use of a block is one box; arrows within it are gone, and two between the same boxes are one."""
    drawn = picture(loads(SMALL).network, depth)
    assert (len(drawn.boxes), len(drawn.arrows)) == (boxes, arrows)


ODD = ['"', "\\", "a\nb", "<b>", "#quot;", "end", "[x](y)", "läuft", "`", "%%", "{}|"]


def odd(name: str) -> Network:
    """A network, a block and layers with a name that could be mistaken for something else."""
    network = loads(SMALL).network
    network.name = name
    for node in network.nodes:
        node.name = name
        node.scope = node.scope and node.scope._replace(name=name)
    return network


@pytest.mark.parametrize("name", ODD)
def test_no_name_breaks_a_drawing(name: str) -> None:
    """Quotes end where they should, and nothing of a name is markup."""
    for line in "".join(dot(odd(name))).splitlines():
        assert line.replace("\\\\", "").replace('\\"', "").count('"') % 2 == 0
    for line in "".join(mermaid(odd(name))).splitlines():
        assert line.count('"') in (0, 2)
    assert escaped('"<b>#`') == "#34;#60;b#62;#35;#96;"


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("name", [*ODD, "resnet18", "googlenet", "unet", "mobilenet_v3_small"])
def test_graphviz_reads_it(name: str) -> None:
    """dot accepts the text and finds as many boxes and arrows as there are."""
    network = load(name).network if name in shipped() else odd(name)
    drawn = picture(network)
    done = subprocess.run(["dot", "-Tplain"], input="".join(dot(network)), capture_output=True, text=True, check=True)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert sum(line.startswith("node ") for line in lines) == len(drawn.boxes)
    assert sum(line.startswith("edge ") for line in lines) == len(drawn.arrows)


def test_deep_blocks_meet_no_recursion_limit() -> None:
    """Blocks as deep as they may be are as many clusters."""
    blocks = "".join(f"  b{index}: [b{index + 1}]\n" for index in range(DEEPEST_BLOCKS - 1)) + f"  b{DEEPEST_BLOCKS - 1}: [relu]\n"
    text = "".join(dot(loads(f"input: [4, 4, 2]\nblocks:\n{blocks}layers: [b0]\n").network))
    assert text.count("subgraph") == DEEPEST_BLOCKS


NAMED = """
input: {left: [8, 8, 3], right: [8, 8, 3]}
blocks:
  cell(filters): [conv: {filters: $filters, kernel: 3}]
layers:
  - cell: 4
    from: left
    name: a
  - conv: {filters: 4, kernel: 3}
    from: right
    name: b
  - add:
    from: [a, b]
  - relu:
    name: end
"""


@pytest.mark.parametrize("depth", [None, 1])
def test_names_of_the_user_stand_in_drawings(depth: int | None) -> None:
    """Of inputs, layers and outputs; a block has its name around it, or as its box, and what has no name its kind."""
    inner = ["conv"] if depth is None else ["a"]
    titles = [box.lines[0] for box in picture(loads(NAMED).network, depth).boxes]
    assert titles == ["left: input", "right: input", *inner, "b: conv", "add", "end: relu"]
