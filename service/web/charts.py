"""Charts as SVG, drawn here: they print, scale and carry their words with them. Positions are floats, the words exact.

Nothing in them is styled in place: classes are, in `static/style.css`, so that a strict content policy holds.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup, escape


@dataclass(frozen=True, slots=True)
class Dot:
    """One window of a series. `value` None: there is none, or an interval between `lowest` and `highest`.

    `breaks`: it does not compare with the one before. `is_carried`: it holds values that are older than the window.
    """

    label: str
    value: Decimal | None
    lowest: Decimal | None = None
    highest: Decimal | None = None
    breaks: bool = False
    is_carried: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """What positions a height stands for: `low` at the bottom, `high` at the top, a line at each of `ticks`."""

    low: float
    high: float
    ticks: tuple[Decimal, ...]

    def share(self, value: Decimal | float) -> float:
        """How far up, from 0 to 1."""
        return (float(value) - self.low) / (self.high - self.low)


_LINE_WIDTH, _LINE_HEIGHT, _EDGE = 120, 32, 3
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 280, 76, 16, 14, 30
_MOST_LABELS = 8


def axis_of(values: Sequence[Decimal], wanted: int = 4) -> Axis:
    """An axis that holds `values` and zero, with about `wanted` round steps: 1, 2 or 5 times a power of ten."""
    low, high = min([Decimal(0), *values]), max([Decimal(0), *values])
    if low == high:
        high = low + 1
    exact = (high - low) / wanted
    unit = Decimal(10) ** math.floor(exact.log10())
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= exact)
    first, last = math.floor(low / step), math.ceil(high / step)
    ticks = tuple((step * number).normalize() + 0 for number in range(first, last + 1))
    return Axis(float(ticks[0]), float(ticks[-1]), ticks)


def stretches(dots: Sequence[Dot]) -> Iterator[list[int]]:
    """The places of dots that are joined by a line: a gap or a break ends one."""
    current: list[int] = []
    for place, dot in enumerate(dots):
        if current and (dot.value is None or dot.breaks):
            yield current
            current = []
        if dot.value is not None:
            current.append(place)
    if current:
        yield current


def sparkline(dots: Sequence[Dot]) -> Markup:
    """The course of a series beside its figure, which says what it is: the line is drawn for eyes alone."""
    known = [dot.value for dot in dots if dot.value is not None]
    if len(known) < 2:
        return Markup()
    axis = axis_of(known)
    step = (_LINE_WIDTH - 2 * _EDGE) / max(1, len(dots) - 1)

    def at(place: int) -> str:
        value = dots[place].value
        assert value is not None
        return f"{_EDGE + place * step:.0f} {_LINE_HEIGHT - _EDGE - axis.share(value) * (_LINE_HEIGHT - 2 * _EDGE):.0f}"

    paths = "".join("M" + "L".join(at(place) for place in stretch) for stretch in stretches(dots))
    last = next(place for place in range(len(dots) - 1, -1, -1) if dots[place].value is not None)
    x, y = at(last).split()
    return Markup(  # noqa: S704  (numbers of ours, and words escaped)
        f'<svg class="spark" viewBox="0 0 {_LINE_WIDTH} {_LINE_HEIGHT}" aria-hidden="true">'
        f'<path d="{paths}"/><circle cx="{x}" cy="{y}" r="2.5"/></svg>'
    )


def bar(share: Decimal | None, lowest: Decimal, highest: Decimal, label: str) -> Markup:
    """What is reached of the way for certain, `lowest`, what it could be if all were known, up to `highest`, and a mark at
    `share`, which speaks of what is known alone; None: of nothing. Shares of 1."""
    least, most = (float(min(Decimal(1), max(Decimal(0), one))) * 1000 for one in (lowest, highest))
    between = (
        f'<rect class="maybe" fill="#8fb8b8" x="{least:.0f}" width="{most - least:.0f}" height="36"/>' if most > least else ""
    )
    mark = ""
    if share is not None and most > least:
        at = float(min(Decimal(1), max(Decimal(0), share))) * 994
        mark = f'<rect class="mark" fill="#16242b" x="{at:.0f}" width="6" height="36"/>'
    return Markup(  # noqa: S704  (numbers of ours, and words escaped)
        f'<svg class="bar" viewBox="0 0 1000 36" preserveAspectRatio="none" role="img" aria-label="{escape(label)}">'
        f'<rect class="way" fill="#dde5e7" width="1000" height="36"/>{between}'
        f'<rect class="reached" fill="#0b6565" width="{least:.0f}" height="36"/>{mark}</svg>'
    )


def series(dots: Sequence[Dot], target: Decimal | None, numbers: Sequence[str], axis: Axis, words: tuple[str, str]) -> Markup:
    """A series with its axes. `numbers` are the ticks as they are written; `words` its title and description, read aloud.

    A break is drawn as a break, an interval from its lowest to its highest, what is carried forward as a hollow dot.
    """
    plot_width, plot_height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    step = plot_width / max(1, len(dots))

    def x(place: int) -> float:
        return _LEFT + step * (place + 0.5)

    def y(value: Decimal) -> float:
        return _TOP + plot_height * (1 - axis.share(value))

    parts = [f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>' for tick in axis.ticks]
    drawn = [f'<g class="grid">{"".join(parts)}</g>']
    written = zip(axis.ticks, numbers, strict=True)
    drawn.append(
        '<g class="ticks">'
        + "".join(
            f'<text x="{_LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{escape(said)}</text>' for tick, said in written
        )
        + "</g>"
    )
    every = math.ceil(len(dots) / _MOST_LABELS) if dots else 1
    labels = [(place, dot.label) for place, dot in enumerate(dots) if place % every == 0]
    drawn.append(
        '<g class="ticks">'
        + "".join(
            f'<text x="{x(place):.1f}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(said)}</text>' for place, said in labels
        )
        + "</g>"
    )
    if target is not None:
        height = f"{y(target):.1f}"
        drawn.append(f'<line class="target" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{height}" y2="{height}"/>')
    for place, dot in enumerate(dots):
        if dot.lowest is not None and dot.highest is not None:
            top, bottom = y(dot.highest), y(dot.lowest)
            drawn.append(f'<line class="between" x1="{x(place):.1f}" x2="{x(place):.1f}" y1="{top:.1f}" y2="{bottom:.1f}"/>')
        if dot.breaks and place:
            edge = x(place) - step / 2
            drawn.append(f'<line class="break" x1="{edge:.1f}" x2="{edge:.1f}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}"/>')
    for stretch in stretches(dots):
        path = "L".join(f"{x(place):.1f} {y(value):.1f}" for place in stretch if (value := dots[place].value) is not None)
        drawn.append(f'<path class="course" d="M{path}"/>')
    for place, dot in enumerate(dots):
        if dot.value is not None:
            kind = "carried" if dot.is_carried else "dot"
            drawn.append(f'<circle class="{kind}" cx="{x(place):.1f}" cy="{y(dot.value):.1f}" r="4"/>')
    title, description = words
    return Markup(  # noqa: S704  (numbers of ours, and words escaped)
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby="chart-title chart-words" '
        f'xmlns="http://www.w3.org/2000/svg"><title id="chart-title">{escape(title)}</title>'
        f'<desc id="chart-words">{escape(description)}</desc>{"".join(drawn)}</svg>'
    )


_PAINT = {
    "grid": 'stroke="#d3dcdf"',
    "ticks": 'fill="#51636c" font-size="12"',
    "target": 'stroke="#8a4b00" stroke-width="2" stroke-dasharray="8 5"',
    "between": 'stroke="#8fb8b8" stroke-width="8"',
    "break": 'stroke="#51636c" stroke-dasharray="3 4"',
    "course": 'fill="none" stroke="#0b6565" stroke-width="2.5"',
    "carried": 'fill="#fff" stroke="#0b6565" stroke-width="2"',
    "dot": 'fill="#0b6565"',
}
"""What the style sheet says of the classes of a chart, for a chart that stands where there is none."""
_HEAD = 40


def standalone(chart: Markup, title: str) -> Markup:
    """A chart as an image by itself: painted, on a ground of its own, under its title."""
    painted = re.sub(r'class="(\w+)"', lambda found: _PAINT.get(found[1], ""), chart)
    height = _HEIGHT + _HEAD
    start = f'<svg viewBox="0 {-_HEAD} {_WIDTH} {height}" width="{_WIDTH}" height="{height}" font-family="sans-serif"'
    ground = f'<rect y="{-_HEAD}" width="{_WIDTH}" height="{height}" fill="#fff"/>'
    words = f'<text x="{_EDGE}" y="-14" font-size="18" font-weight="bold" fill="#16242b">{escape(title)}</text>'
    head, _, rest = painted.partition("</desc>")
    _, _, attributes = head.partition(f'viewBox="0 0 {_WIDTH} {_HEIGHT}"')
    return Markup(f"{start}{attributes}</desc>{ground}{words}{rest}")  # noqa: S704  (numbers of ours, and words escaped)
