"""Several devices that train together, over loopback and in one process: the same run as by one, and what happens when one is gone."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from cnncli.errors import UsageError
from cnncli.training.distributed.cluster import HERE, Cluster, cluster

EPOCHS = {"tensorflow": 300, "jax": 300, "torch": 30}  # some seconds
LIMIT = 240.0  # seconds, on a machine that has other things to do
NET = """
input: [8, 8, 1]
layers:
  - conv: {filters: 4, kernel: 3, bias: false}
  - batch_norm
  - relu
  - flatten
  - dense: {units: 10, activation: softmax}
train:
  data: digits
  augment: [random_rotation, {random_translation: {pixels: 1}}]
  optimizer: {sgd: {momentum: 0.9}}
  schedule: {cosine: {warmup: 0.1}}
  lr: 0.05
  weight_decay: 0.01
  batch: 64
  epochs: 3
  ema: 0.9
  validation: 0.2
"""
PACED = NET.replace("layers:", "layers:\n  - conv: {filters: 8, kernel: 2, initializer: whitening}\n    freeze: kernel").replace(
    "ema: 0.9", "lookahead: {every: 5, keep: 0.8, power: 1}\n  lr_scale: {batch_norm: 8}\n  freeze_after: {conv_1: 1, dense.bias: 2.5}"
)
INSTALLED = [name for name in ("tensorflow", "jax", "torch") if importlib.util.find_spec(name) and importlib.util.find_spec("keras")]
BACKENDS = [name if name == "tensorflow" else pytest.param(name, marks=pytest.mark.slow) for name in INSTALLED]
keras = pytest.mark.keras

ADDRESSES = ("one:4000", "two:4000")
TF_CONFIG = {"cluster": {"chief": ["one:4000"], "worker": ["two:4000"]}, "task": {"type": "worker", "index": 0}}
TORCHRUN = {"MASTER_ADDR": "one", "MASTER_PORT": "4000", "WORLD_SIZE": "3", "RANK": "2"}


@pytest.mark.parametrize(("asked", "rank", "environment", "wanted"), [
    ("one:4000,two:4000", 1, {}, Cluster(ADDRESSES, 2, 1)),
    ("one:4000, two:4000", 0, {"TF_CONFIG": "something else"}, Cluster(ADDRESSES, 2, 0)),
    ("one:4000", None, {}, Cluster(ADDRESSES[:1], 1, 0)),
    (HERE, None, {}, Cluster()),
    (HERE, None, {"TF_CONFIG": json.dumps(TF_CONFIG)}, Cluster(ADDRESSES, 2, 1)),
    (HERE, None, TORCHRUN, Cluster(ADDRESSES[:1], 3, 2)),
])  # fmt: skip
def test_who_takes_part(asked: str, rank: int | None, environment: dict[str, str], wanted: Cluster) -> None:
    """Addresses and a rank; without them TF_CONFIG, where the chief comes first; or what torchrun sets; or this machine alone."""
    assert cluster(asked, rank, environment) == wanted


@pytest.mark.parametrize(("asked", "rank", "environment", "words"), [
    ("one:4000,two:4000", None, {}, "--rank 0 for one:4000, to --rank 1 for two:4000"),
    ("one:4000,two:4000", 2, {}, "expected 0 to 1"),
    ("one:4000,two", 0, {}, "two is no address; expected HOST:PORT"),
    ("one:4000,one:4000", 0, {}, "twice"),
    ("lenet", None, {}, "lenet is no address"),
    (HERE, 1, {}, "--rank goes with the addresses"),
    (HERE, None, {"TF_CONFIG": "{"}, "TF_CONFIG cannot be read"),
    (HERE, None, {"TF_CONFIG": json.dumps({**TF_CONFIG, "task": {"type": "ps", "index": 0}})}, "a ps"),
    (HERE, None, {"TF_CONFIG": json.dumps({**TF_CONFIG, "task": {"type": "worker", "index": 4}})}, "the task of TF_CONFIG is 5"),
    (HERE, None, {**TORCHRUN, "RANK": "3"}, "below the size"),
    (HERE, None, {"RANK": "0"}, "MASTER_ADDR and MASTER_PORT and WORLD_SIZE not set"),
])  # fmt: skip
def test_who_is_refused(asked: str, rank: int | None, environment: dict[str, str], words: str) -> None:
    """One message that says what was expected, from whichever source the addresses come."""
    with pytest.raises(UsageError) as caught:
        cluster(asked, rank, environment)
    assert words in str(caught.value)


def free_ports(count: int) -> list[int]:
    """Ports of loopback where nobody listens."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def environment(backend: str) -> dict[str, str]:
    return {
        **os.environ, "KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu", "CNNCLI_WAIT": "180",
        "OMP_NUM_THREADS": "1",
    }  # fmt: skip


def alone(*told: str, cwd: Path, backend: str = "tensorflow", program: Sequence[str] = ("-m", "cnncli")) -> str:
    """What `cnncli train` says."""
    command = [sys.executable, *program, "train", *told]
    done = subprocess.run(command, cwd=cwd, env=environment(backend), capture_output=True, text=True, check=False, timeout=LIMIT)
    assert done.returncode == 0, done.stderr
    return done.stderr


class Worker:
    """One of several processes; what it says lies in files."""

    def __init__(self, rank: int, addresses: str, told: Sequence[str], cwd: Path, backend: str) -> None:
        self.output, self.said = cwd / f"output-{rank}", cwd / f"said-{rank}"
        command = [sys.executable, "-m", "cnncli", "train", *told, "--distributed", addresses, "--rank", str(rank)]
        with open(self.output, "w") as out, open(self.said, "w") as err:
            self.process = subprocess.Popen(command, cwd=cwd, env=environment(backend), stdout=out, stderr=err)

    def ended(self, seconds: float = LIMIT) -> tuple[int, str]:
        """Its exit code and what it said last, if that is an error; within so many seconds."""
        code = self.process.wait(timeout=seconds)
        words = self.said.read_text()
        return code, words[words.rindex("Error: ") :] if "Error: " in words else ""

    def wait_for(self, words: str) -> None:
        """Wait until it has said so."""
        end = time.monotonic() + LIMIT
        while words not in self.said.read_text():
            assert self.process.poll() is None, self.said.read_text()
            assert time.monotonic() < end
            time.sleep(0.05)


@contextmanager
def workers(*told: Sequence[str], cwd: Path, backend: str = "tensorflow") -> Iterator[list[Worker]]:
    """A process for each list of arguments; none is left over."""
    addresses = ",".join(f"127.0.0.1:{port}" for port in free_ports(len(told)))
    started: list[Worker] = []
    try:
        started += [Worker(rank, addresses, each, cwd, backend) for rank, each in enumerate(told)]
        yield started
    finally:
        for one in started:
            one.process.kill()
            one.process.wait()


def history(run: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]


def agree(one: Path, other: Path) -> None:
    """Loss and accuracy of each epoch, and the figures on other images, up to the order in which floats are added."""
    for mine, its in zip(history(one), history(other), strict=True):
        assert its == pytest.approx(mine, rel=1e-3, abs=1e-5)


@pytest.fixture(scope="module", params=BACKENDS)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of one process, in the folder of its backend."""
    folder = tmp_path_factory.mktemp("distributed") / str(request.param)
    folder.mkdir()
    (folder / "net.yaml").write_text(NET)
    alone("net.yaml", "-o", "one", cwd=folder, backend=folder.name)
    return folder


@keras
def test_two_processes_run_as_one(whole: Path) -> None:
    """With batch norm, augmentation and averages: the same losses. The chief alone writes and tells; the other says one line."""
    with workers(["net.yaml", "-o", "two"], ["net.yaml", "-o", "unused"], cwd=whole, backend=whole.name) as (chief, other):
        assert chief.ended() == (0, "")
        assert other.ended() == (0, "")
    agree(whole / "one", whole / "two")
    assert "2 workers, 2 devices; each takes 32 images" in chief.said.read_text()
    assert len(other.said.read_text().splitlines()) == 1
    assert not (whole / "unused").exists()
    results = [json.loads((whole / run / "result.json").read_text()) for run in ("one", "two")]
    assert results[1]["loss"] == pytest.approx(results[0]["loss"], rel=1e-3)
    assert (whole / "two" / "model.keras").stat().st_size > 1000


@keras
@pytest.mark.slow
def test_two_processes_keep_each_weight_at_its_pace(whole: Path, tmp_path: Path) -> None:
    """Also where weights are whitened, averaged ahead, trained at several rates and not to the end."""
    (tmp_path / "net.yaml").write_text(PACED)
    alone("net.yaml", "-o", "one", cwd=tmp_path, backend=whole.name)
    with workers(["net.yaml", "-o", "two"], ["net.yaml"], cwd=tmp_path, backend=whole.name) as both:
        assert [worker.ended() for worker in both] == [(0, ""), (0, "")]
    agree(tmp_path / "one", tmp_path / "two")


@keras
def test_a_lost_worker_ends_the_others_and_the_run_goes_on(whole: Path, tmp_path: Path) -> None:
    """SIGKILL: within bounds the chief says who is lost, what is saved and how to go on; one process takes the same run to its end."""
    (tmp_path / "net.yaml").write_text(NET)
    told = ["net.yaml", "-o", "run", "--checkpoint-every", "0", "--recipe", f"epochs={EPOCHS[whole.name]}"]
    with workers(told, told, cwd=tmp_path, backend=whole.name) as (chief, other):
        chief.wait_for("epoch 1/")
        other.process.kill()
        code, words = chief.ended(60)
    assert code == 2, words
    assert words.startswith("Error: lost worker 1 (127.0.0.1:")
    assert "is saved; continue with: cnncli train --resume run --distributed 127.0.0.1:" in words
    assert len(words.splitlines()) == 1
    done = alone("--resume", "run", cwd=tmp_path, backend=whole.name)
    assert "resumed at step" in done
    assert history(tmp_path / "run")[-1]["epoch"] == EPOCHS[whole.name]


@keras
@pytest.mark.slow
def test_ctrl_c_stops_all_and_two_go_on(whole: Path, tmp_path: Path) -> None:
    """An interrupt of the chief ends both with a checkpoint; both go on, the chief from its folder and the other as before."""
    (tmp_path / "net.yaml").write_text(NET)
    told = ["net.yaml", "-o", "run", "--recipe", "epochs=100000"]
    for first in (told, ["--resume", "run"]):
        with workers(first, told, cwd=tmp_path, backend=whole.name) as (chief, other):
            chief.wait_for("resumed at step" if first != told else "epoch 1/")
            chief.process.send_signal(signal.SIGINT)
            assert chief.ended(60)[0] == other.ended(60)[0] == 130
        assert re.search(r"Interrupted after step [\d,]+; continue with: cnncli train --resume run --distributed", chief.said.read_text())


@keras
@pytest.mark.slow
def test_another_recipe_is_refused(whole: Path, tmp_path: Path) -> None:
    """Workers that were told different things do not begin; each says what differs."""
    (tmp_path / "net.yaml").write_text(NET)
    with workers(["net.yaml", "-o", "run"], ["net.yaml", "--lr", "0.06"], cwd=tmp_path, backend=whole.name) as both:
        for code, words in (one.ended() for one in both):
            assert code == 2
            assert "worker 1" in words
            assert "has another recipe than worker 0" in words
            assert len(words.splitlines()) == 1
    assert not (tmp_path / "run").exists()


@keras
@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1])
def test_whoever_does_not_come_is_named(rank: int, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a time that can be set, each says who is missing."""
    (tmp_path / "net.yaml").write_text(NET)
    addresses = ",".join(f"127.0.0.1:{port}" for port in free_ports(2))
    command = [sys.executable, "-m", "cnncli", "train", "net.yaml", "--distributed", addresses, "--rank", str(rank)]
    told = {**environment(whole.name), "CNNCLI_WAIT": "3"}
    done = subprocess.run(command, cwd=tmp_path, env=told, capture_output=True, text=True, check=False, timeout=LIMIT)
    assert done.returncode == 2
    assert f"worker {1 - rank} ({addresses.split(',')[1 - rank]}) did not come within 3 seconds" in done.stderr
    assert len(done.stderr.splitlines()) == 1


DEVICES = {
    "tensorflow": """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
""",
    "jax": """
import os
os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"
""",
}


def skip_without_devices(folder: Path) -> None:
    if folder.name not in DEVICES:
        pytest.skip("PyTorch has one process for each device")


@keras
@pytest.mark.slow
def test_two_devices_of_one_process_run_as_one(whole: Path) -> None:
    """--distributed alone takes all devices that are here."""
    skip_without_devices(whole)
    program = ("-c", DEVICES[whole.name] + "from cnncli.cli import main\nmain(prog_name='cnncli')")
    said = alone("net.yaml", "-o", "devices", "--distributed", cwd=whole, backend=whole.name, program=program)
    assert "2 devices of this machine; each takes 32 images" in said
    agree(whole / "one", whole / "devices")


@keras
@pytest.mark.slow
def test_one_device_trains_alone(whole: Path) -> None:
    """And says so."""
    assert "one device here, which trains alone" in alone("net.yaml", "-o", "single", "--distributed", cwd=whole, backend=whole.name)
    agree(whole / "one", whole / "single")


@keras
@pytest.mark.slow
@pytest.mark.skipif("torch" not in INSTALLED, reason="needs PyTorch")
def test_torchrun_starts_them(tmp_path: Path) -> None:
    """PyTorch's launcher says who takes part; --distributed needs no addresses then."""
    (tmp_path / "net.yaml").write_text(NET)
    alone("net.yaml", "-o", "one", cwd=tmp_path, backend="torch")
    launcher = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", str(free_ports(1)[0]), "-m", "cnncli"]
    said = alone("net.yaml", "-o", "two", "--distributed", cwd=tmp_path, backend="torch", program=launcher)
    assert "2 workers, 2 devices; each takes 32 images" in said
    agree(tmp_path / "one", tmp_path / "two")


@keras
def test_a_batch_that_cannot_be_shared_out_is_refused(tmp_path: Path) -> None:
    """Before anything is begun, with batches that can."""
    (tmp_path / "net.yaml").write_text(NET)
    with workers(*[["net.yaml", "--batch", "50"]] * 3, cwd=tmp_path) as all_three:
        for code, words in (one.ended() for one in all_three):
            assert code == 2
            assert "train with --batch 48 or --batch 51" in words


BODY = """
input: [8, 8, 1]
layers: [{conv: {filters: 4, kernel: 3}}, batch_norm, relu, {conv: {filters: 6, kernel: 3}}, relu]
"""
PHASES = """
backbone: {model: body.yaml, freeze: all}
layers: [flatten, {dense: {units: 10, activation: softmax}}]
train:
  data: digits
  augment: [random_rotation]
  epochs: 8
  lr: 1
  batch: 64
  ema: 0.9
  validation: 0.2
  early_stopping: 2
  fine_tune: {layers: 2, epochs: 3, lr: 0.003}
"""


@pytest.fixture(scope="module")
def phases(whole: Path) -> Path:
    """A run in two phases by one process; the first ends early, so that the second begins from the best weights before."""
    (whole / "body.yaml").write_text(BODY)
    (whole / "phases.yaml").write_text(PHASES)
    alone("phases.yaml", "-o", "phases-one", cwd=whole, backend=whole.name)
    assert history(whole / "phases-one")[0]["phase"] == 1
    return whole


@keras
@pytest.mark.slow
def test_two_processes_fine_tune_as_one(phases: Path) -> None:
    """Also from a checkpoint of the second phase, after the other was killed: both phases, the best weights and the result."""
    told = ["phases.yaml", "-o", "phases-two", "--checkpoint-every", "0"]
    with workers(told, told, cwd=phases, backend=phases.name) as (chief, other):
        chief.wait_for("phase 2")
        other.process.kill()
        assert chief.ended(60)[0] == 2
    with workers(["--resume", "phases-two"], told, cwd=phases, backend=phases.name) as both:
        assert [worker.ended() for worker in both] == [(0, ""), (0, "")]
    agree(phases / "phases-one", phases / "phases-two")


@keras
@pytest.mark.slow
def test_two_devices_fine_tune_as_one(phases: Path) -> None:
    """Every device goes on to the second phase from the same weights."""
    skip_without_devices(phases)
    program = ("-c", DEVICES[phases.name] + "from cnncli.cli import main\nmain(prog_name='cnncli')")
    alone("phases.yaml", "-o", "phases-devices", "--distributed", cwd=phases, backend=phases.name, program=program)
    agree(phases / "phases-one", phases / "phases-devices")
