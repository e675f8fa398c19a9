"""What is left to chance in a run, and what follows a schedule: pure functions, and augmentations against their definitions."""

from __future__ import annotations

import math
from typing import Any

import pytest

pytest.importorskip("keras", reason="needs the extra train")
np = pytest.importorskip("numpy")
pytestmark = pytest.mark.keras

from cnncli.errors import LayerError  # noqa: E402
from cnncli.optimizers import AdamW  # noqa: E402
from cnncli.spec.recipe import Recipe  # noqa: E402
from cnncli.spec.schedule import Cosine, LinearDecay, OneCycle, ReduceOnPlateau, Step  # noqa: E402
from cnncli.spec.variation import AUGMENTATIONS  # noqa: E402
from cnncli.training.augment import stages  # noqa: E402
from cnncli.training.plan import Plan  # noqa: E402
from cnncli.training.schedules import Plateau, rates  # noqa: E402
from cnncli.training.settings import changed, from_plain, plain  # noqa: E402


def made(kind: str, **options: Any) -> Any:
    return AUGMENTATIONS[kind](**options)


def test_an_epoch_sees_no_image_twice_and_all_follow_from_seed_and_epoch() -> None:
    """The order of an epoch is a permutation cut to whole batches; the same seed and epoch give the same, others give others."""
    plan = Plan(3, 100, 8, ())
    order = plan.order(5)
    assert order.shape == (12, 8)
    assert len(set(order.ravel().tolist())) == 96
    assert (order == Plan(3, 100, 8, ()).order(5)).all()
    assert (order != plan.order(6)).any()
    assert (order != Plan(4, 100, 8, ()).order(5)).any()


def test_chances_differ_from_image_to_image() -> None:
    """Within one batch the images are moved differently, and twice the same when asked twice."""
    plan = Plan(0, 64, 64, stages([made("random_translation", pixels=2)], (8, 8)))
    first, again = plan.chances(0)[0], plan.chances(0)[0]
    assert (first == again).all()
    assert len({tuple(row) for row in first[0].tolist()}) > 10


@pytest.mark.parametrize("more", [(), ("random_rotation",)])
def test_an_alternating_flip_mirrors_each_image_every_other_time(more: tuple[str, ...]) -> None:
    """About half of the images are mirrored in an epoch, and in the next exactly the others, wherever they stand; another seed, others."""
    layers = [made("random_flip", alternate=True), *[made(kind, degrees=0.0) for kind in more]]

    def mirrored(seed: int, epoch: int) -> dict[int, bool]:
        plan = Plan(seed, 200, 20, stages(layers, (8, 8)))
        chances = plan.chances(epoch)[0].reshape(200, -1)
        flipped = chances[:, 0] < 0 if more else chances[:, 2] > 0
        return dict(zip(plan.order(epoch).ravel().tolist(), flipped.tolist(), strict=True))

    first = mirrored(0, 0)
    assert 60 < sum(first.values()) < 140
    assert mirrored(0, 1) == {image: not flipped for image, flipped in first.items()}
    assert mirrored(0, 6) == first
    assert mirrored(1, 0) != first
    with pytest.raises(LayerError, match="one direction"):
        made("random_flip", direction="both", alternate=True)


def reflected(place: int, size: int) -> int:
    """Mirrored about the outermost pixels, which stand once."""
    return -place if place < 0 else 2 * (size - 1) - place if place >= size else place


@pytest.mark.parametrize("mode", ["reflect", "zeros"])
def test_shifts_and_flips_are_exact(mode: str) -> None:
    """Each pixel of each image is the one that the definition names: the border mirrored, or black; a flip first."""
    random = np.random.default_rng(0)
    images = random.integers(1, 256, (40, 6, 7, 2)).astype("float32")
    (stage,) = stages([made("random_flip", direction="both"), made("random_translation", pixels=2, mode=mode)], (6, 7))
    drawn = stage.draw(random, 40).astype("float32")
    found = np.asarray(stage.apply(images, drawn))
    assert {tuple(row) for row in drawn[:, [0, 2]].tolist()} == {(a, b) for a in (0.0, 1.0) for b in (0.0, 1.0)}
    for n, (up, down, left, right) in enumerate(drawn.astype(int).tolist()):
        image = images[n][:: -1 if up else 1, :: -1 if left else 1]
        for row in range(6):
            for column in range(7):
                r, c = row - down, column - right
                inside = 0 <= r < 6 and 0 <= c < 7
                wanted = image[reflected(r, 6), reflected(c, 7)] if inside or mode == "reflect" else 0 * image[0, 0]
                assert (found[n, row, column] == wanted).all()


def test_places_that_follow_one_another_are_resampled_once() -> None:
    """Rotation, zoom and shift become one stage; a contrast between them parts them; shifts alone stay exact."""
    turn, zoom, shift = made("random_rotation"), made("random_zoom"), made("random_translation")
    assert [type(one).__name__ for one in stages([turn, zoom, shift], (8, 8))] == ["Affine"]
    assert [type(one).__name__ for one in stages([turn, made("random_contrast"), shift], (8, 8))] == ["Affine", "Contrast", "Move"]
    assert [type(one).__name__ for one in stages([shift, made("random_crop")], (8, 8))] == ["Move", "Move"]


def test_an_affine_map_is_bilinear_about_the_middle() -> None:
    """A quarter turn is exact, and a turn of 30 degrees takes each pixel from where it was, mixed from four neighbours."""
    (stage,) = stages([made("random_rotation", degrees=180.0)], (9, 9))
    image = np.random.default_rng(1).uniform(0, 255, (1, 9, 9, 1)).astype("float32")
    for degrees in (90.0, 30.0):
        c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        drawn = stage.draw(Fixed(math.radians(degrees) * 180 / math.pi), 1).astype("float32")
        found = np.asarray(stage.apply(image, drawn))[0, :, :, 0]
        for row, column in ((4, 4), (3, 5), (5, 2)):
            x, y = column - 4, row - 4
            fx, fy = 4 + c * x - s * y, 4 + s * x + c * y
            x0, y0 = math.floor(fx + 1e-6), math.floor(fy + 1e-6)
            a, b = fx - x0, fy - y0
            corner = image[0, y0 : y0 + 2, x0 : x0 + 2, 0]
            wanted = np.array([1 - b, b]) @ corner @ np.array([1 - a, a])
            assert found[row, column] == pytest.approx(wanted, abs=0.05)


class Fixed:
    """A source of chance that always gives one angle."""

    def __init__(self, degrees: float) -> None:
        self.degrees = degrees

    def uniform(self, low: float, high: float, shape: Any) -> Any:
        return np.full(shape, self.degrees)


def test_rates_by_hand() -> None:
    """Warm-up rises to the rate in equal steps; then cosine, steps and one cycle as their definitions have it."""
    assert rates(Recipe(data="x", lr=1.0, schedule=Cosine(warmup=0.5, end=0.0)), 4, 2).tolist() == pytest.approx([0.5, 1.0, 0.5, 0.0])
    assert rates(Recipe(data="x", lr=2.0, schedule=Step(every=2, factor=0.1)), 6, 1).tolist() == pytest.approx([2, 2, 0.2, 0.2, 0.02, 0.02])
    cycle = rates(Recipe(data="x", lr=1.0, schedule=OneCycle(rise=0.5, start=0.0, end=0.0)), 4, 1).tolist()
    assert cycle == pytest.approx([0.5, 1.0, 0.5, 0.0])
    triangle = rates(Recipe(data="x", lr=2.0, schedule=LinearDecay(warmup=0.5, start=0.2, end=0.5)), 4, 1).tolist()
    assert triangle == pytest.approx([1.2, 2.0, 1.5, 1.0])


def test_a_plateau_counts() -> None:
    """Patience ends after so many figures that are not lower, and begins anew; its state can be kept."""
    plateau = Plateau(2)
    assert [plateau.sees(one) for one in (3.0, 2.0, 2.0)] == [False, False, False]
    kept = Plateau(2)
    kept.resume(plateau.state())
    assert [kept.sees(one) for one in (2.5, 2.5, 2.5)] == [True, False, True]


def test_a_recipe_survives_its_json() -> None:
    """What recipe.json holds is read back as the same recipe, changes from the command line included."""
    recipe = Recipe(
        data="mnist", optimizer=AdamW(beta_2=0.99), schedule=ReduceOnPlateau(patience=3), augment=(made("random_crop", padding=3),)
    )
    more = changed(recipe, {"early_stopping": "{patience: 4, metric: accuracy}", "lr": "0.5", "optimizer": "{sgd: {nesterov: false}}"})
    assert more.lr == 0.5
    assert more.optimizer.nesterov is False
    assert from_plain(plain(recipe)) == recipe
    assert from_plain(plain(more)) == more
