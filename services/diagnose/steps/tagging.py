"""Points of questions that name none: from the caches, else from a model, else by the rules."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.diagnose.domain.model.prompts import TAGGING
from services.diagnose.domain.points.cache_keys import (
    CacheKind,
    Computed,
    knowledge_points_key,
    paper_template_key,
    subject_settings_key,
)
from services.diagnose.domain.points.point_index import PointIndex
from services.diagnose.domain.tagging.languages import language_of
from services.diagnose.steps.model_tags import Choices, tag
from services.diagnose.steps.ports import ModelSession, PointCache
from shared.contract.answer_key import KeyQuestion
from shared.contract.documents import KnowledgePoint

RULES = "rules"
#: A model's tag below this confidence is left out.
_LEAST_CONFIDENCE = 0.5


@dataclass(frozen=True, slots=True)
class TagRequest:
    """A question to tag. ``template`` names it in its paper, however its text was read."""

    ordinal: int
    text: str
    template: tuple[str | None, str, str] | None = None


def template_of(
    paper_id: str, grade: str | None, section: str, question: KeyQuestion
) -> tuple[str | None, str, str]:
    """The paper's grade and the name of a question in it: a new one when its key changes."""
    return grade, paper_id, f"{section}.{question.model_dump_json()}"


class QuestionTagging:
    """Tags each text once, and each question of a paper once, as long as the caches hold."""

    def __init__(self, cache: PointCache) -> None:
        self._cache = cache

    async def tag(
        self,
        index: PointIndex,
        subject: str | None,
        requests: Sequence[TagRequest],
        session: ModelSession | None = None,
    ) -> dict[int, tuple[KnowledgePoint, ...]]:
        """Points by ordinal. A question whose text speaks of no point clearly is left out."""
        asked = [request for request in requests if request.text.strip()]
        known = index.subject_of(subject)
        if not asked or known is None:
            return {}
        work = _Work(self._cache, index, known, session)
        keys = {request.ordinal: work.key_of(request) for request in asked}
        templates = [key for key in keys.values() if key in work.text_keys]
        plain = [key for key in keys.values() if key not in work.text_keys]
        async with asyncio.TaskGroup() as group:
            fetching = [
                group.create_task(
                    self._cache.fetch(CacheKind.PAPER_TEMPLATE, templates, work.fill_templates)
                ),
                group.create_task(
                    self._cache.fetch(CacheKind.KNOWLEDGE_POINTS, plain, work.tag_texts)
                ),
            ]
        values = fetching[0].result() | fetching[1].result()
        return {
            ordinal: points for ordinal, key in keys.items() if (points := _points(values[key]))
        }


class _Work:
    """One exam's tagging: which key stands for which text."""

    def __init__(
        self,
        cache: PointCache,
        index: PointIndex,
        subject: str,
        session: ModelSession | None,
    ) -> None:
        self._cache, self._index, self._subject, self._session = cache, index, subject, session
        who = RULES if session is None else f"{session.engine}/{TAGGING}"
        self._engine = f"{index.version}|{who}"
        self._texts: dict[str, str] = {}
        self.text_keys: dict[str, str] = {}

    def key_of(self, request: TagRequest) -> str:
        """The key under which the question's points are kept."""
        text_key = knowledge_points_key(self._subject, request.text, self._engine)
        self._texts[text_key] = request.text
        if request.template is None:
            return text_key
        key = paper_template_key(self._subject, *request.template, self._engine)
        self.text_keys[key] = text_key
        return key

    async def fill_templates(self, keys: Sequence[str]) -> dict[str, Computed]:
        """The points of questions of a paper, by their texts."""
        wanted = [self.text_keys[key] for key in keys]
        found = await self._cache.fetch(CacheKind.KNOWLEDGE_POINTS, wanted, self.tag_texts)
        return {key: self._computed(found[self.text_keys[key]]) for key in keys}

    async def tag_texts(self, keys: Sequence[str]) -> dict[str, Computed]:
        """The points of texts: by the model, all texts at once, or by the rules."""
        session = self._session
        languages = {key: language_of([self._texts[key]]) for key in keys}
        choices = {code: await self._choices(code) for code in set(languages.values())}
        if session is None:
            suggested = await self._suggest(keys)
            return {
                key: Computed(_value(choices[languages[key]].among(points), RULES))
                for key, points in suggested.items()
            }
        async with asyncio.TaskGroup() as group:
            tasks = {
                key: group.create_task(
                    tag(session, self._texts[key], choices[languages[key]], _LEAST_CONFIDENCE)
                )
                for key in keys
            }
        tagged = {key: task.result() for key, task in tasks.items()}
        # Where the model failed, the rules' points are a makeshift and are not kept for others.
        left = await self._suggest([key for key in keys if tagged[key] is None])
        makeshift = {
            key: Computed(_value(points, RULES), is_kept=False) for key, points in left.items()
        }
        return makeshift | {
            key: Computed(_value(points, session.engine))
            for key, points in tagged.items()
            if points is not None
        }

    async def _suggest(self, keys: Sequence[str]) -> dict[str, tuple[KnowledgePoint, ...]]:
        def suggest() -> dict[str, tuple[KnowledgePoint, ...]]:
            return {key: self._index.suggest(self._subject, self._texts[key]) for key in keys}

        # CPU-bound: a thread keeps the worker's event loop responsive.
        return await asyncio.to_thread(suggest) if keys else {}

    async def _choices(self, language: str) -> Choices:
        """The subject's points: whoever tags, a model or the rules, chooses among them."""
        is_chinese = language == "zh"

        async def list_points(keys: Sequence[str]) -> dict[str, Computed]:
            points = self._index.choices(self._subject, is_chinese=is_chinese)
            return {key: Computed([point.model_dump() for point in points]) for key in keys}

        key = subject_settings_key(self._subject, language, self._index.version)
        found = await self._cache.fetch(CacheKind.SUBJECT_SETTINGS, [key], list_points)
        return Choices.of(KnowledgePoint.model_validate(fields) for fields in found[key] or ())

    def _computed(self, value: Any) -> Computed:
        is_makeshift = self._session is not None and value and value["engine"] == RULES
        return Computed(value, is_kept=not is_makeshift)


def _value(points: Sequence[KnowledgePoint], engine: str) -> dict[str, Any] | None:
    """The JSON that is cached; None where there is no point."""
    if not points:
        return None
    return {"engine": engine, "points": [point.model_dump(mode="json") for point in points]}


def _points(value: Mapping[str, Any] | None) -> tuple[KnowledgePoint, ...]:
    return tuple(
        KnowledgePoint.model_validate(fields) for fields in (value or {"points": ()})["points"]
    )
