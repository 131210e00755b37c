"""The objective tree."""

from pydantic import BaseModel, Field

from service.api.identity import READ
from service.api.paging import Paged, page
from service.api.routing import Resource
from service.api.transaction import Asking
from service.errors import NotFound
from service.indicators.register import KnownObjective, Register
from service.models.measure import Measure

router = Resource("objectives")


class PlacedIndicatorAnswer(BaseModel):
    """An indicator under an objective. Retired ones are left out."""

    indicator: str = Field(description="The indicator's code.")
    weight: Measure = Field(description="Its weight among the children of its objective.")


class ObjectiveAnswer(BaseModel):
    """One node of the tree."""

    code: str
    name: dict[str, str] = Field(description="By language.")
    parent: str | None = Field(description="The code of the objective it hangs under; null for the root, the common objective.")
    weight: Measure = Field(description="Its weight among the children of its parent; the root's is never used.")
    indicators: list[PlacedIndicatorAnswer]


class ObjectiveList(BaseModel):
    """Objectives, parents before children."""

    items: list[ObjectiveAnswer]
    next_cursor: str | None


def in_tree_order(register: Register) -> list[tuple[KnownObjective, int]]:
    """Every objective in force with its depth (the root's is 0), parents before children, siblings as they were made."""
    children: dict[str | None, list[KnownObjective]] = {}
    for objective in sorted(register.objectives.values(), key=lambda known: known.number):
        if not objective.removed:
            children.setdefault(objective.parent, []).append(objective)
    ordered: list[tuple[KnownObjective, int]] = []
    waiting = [(objective, 0) for objective in reversed(children.get(None, []))]
    while waiting:
        objective, depth = waiting.pop()
        ordered.append((objective, depth))
        waiting += [(child, depth + 1) for child in reversed(children.get(objective.code, []))]
    return ordered


def known_objective(register: Register, code: str) -> KnownObjective:
    """The objective a path names. Raises NotFound `unknown_objective` until it is adopted, and once it is removed."""
    known = register.objectives.get(code)
    if known is None or known.removed:
        raise NotFound("unknown_objective", f"There is no objective `{code}`.", objective=code)
    return known


def _answer(register: Register, objective: KnownObjective) -> ObjectiveAnswer:
    placed = [
        PlacedIndicatorAnswer(indicator=indicator.code, weight=indicator.weight)
        for indicator in sorted(register.indicators.values(), key=lambda known: known.number)
        if indicator.objective == objective.code and not indicator.retired
    ]
    return ObjectiveAnswer(
        code=objective.code,
        name=dict(objective.name),
        parent=objective.parent,
        weight=objective.weight,
        indicators=placed,
    )


@router.get("/objectives", access=READ)
def list_objectives(asking: Asking, paged: Paged) -> ObjectiveList:
    """The objective tree as a list, parents before children: each node names its parent and the indicators under it."""
    answers = [_answer(asking.register, objective) for objective, _ in in_tree_order(asking.register)]
    return ObjectiveList(**page(answers, paged))


@router.get("/objectives/{objective}", access=READ, etag=True)
def get_objective(objective: str, asking: Asking) -> ObjectiveAnswer:
    """One objective of the tree. 404 until it is adopted, and once it is removed."""
    return _answer(asking.register, known_objective(asking.register, objective))
