"""A waterfall: from one figure to another, each step a bar that begins where the one before it ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup, escape

from service.web.charts import Axis

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 300, 76, 16, 22, 44


@dataclass(frozen=True, slots=True)
class Stage:
    """A bar from `start` to `end`; `start` None: an end of the way, which stands on zero."""

    label: str
    start: Decimal | None
    end: Decimal


def waterfall(stages: Sequence[Stage], axis: Axis, numbers: Sequence[str], words: tuple[str, str]) -> Markup:
    """The stages from left to right. `numbers` are the axis' ticks as they are written, `words` title and description.

    Bars that rise are full and marked +, those that fall are hollow and marked −: nobody has to tell them by colour.
    """
    step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(stages))
    drawn = [_grid(axis, numbers)]
    for place, stage in enumerate(stages):
        left, begin = _LEFT + step * place + step * 0.15, stage.start or Decimal(0)
        top, bottom = sorted((_y(axis, begin), _y(axis, stage.end)))
        kind = "end" if stage.start is None else "rise" if stage.end >= begin else "fall"
        height = max(1.5, bottom - top)
        drawn.append(f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" width="{step * 0.7:.1f}" height="{height:.1f}"/>')
        middle = left + step * 0.35
        if stage.start is not None:
            sign = "+" if kind == "rise" else "−"
            drawn.append(f'<text class="sign" x="{middle:.1f}" y="{top - 5:.1f}" text-anchor="middle">{sign}</text>')
        if place + 1 < len(stages):
            level = f"{_y(axis, stage.end):.1f}"
            joint = left + step * 0.7
            drawn.append(f'<line class="joint" x1="{joint:.1f}" x2="{joint + step * 0.3:.1f}" y1="{level}" y2="{level}"/>')
        # Labels of neighbours stand on two lines by turns: there is room for one word beside another then.
        drop = _HEIGHT - 26 + 16 * (place % 2)
        drawn.append(f'<text class="label" x="{middle:.1f}" y="{drop}" text-anchor="middle">{escape(stage.label)}</text>')
    title, description = words
    return Markup(  # noqa: S704  (numbers of ours, and words escaped)
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby="fall-title fall-words">'
        f'<title id="fall-title">{escape(title)}</title>'
        f'<desc id="fall-words">{escape(description)}</desc>{"".join(drawn)}</svg>'
    )


def _y(axis: Axis, value: Decimal | float) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - axis.share(value))


def _grid(axis: Axis, numbers: Sequence[str]) -> str:
    heights = [(f"{_y(axis, tick):.1f}", said) for tick, said in zip(axis.ticks, numbers, strict=True)]
    lines = "".join(f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{height}" y2="{height}"/>' for height, _ in heights)
    ticks = "".join(
        f'<text x="{_LEFT - 8}" y="{height}" dy="4" text-anchor="end">{escape(said)}</text>' for height, said in heights
    )
    return f'<g class="grid">{lines}</g><g class="ticks">{ticks}</g>'
