"""Advice in a model's words, held to the facts that the rules have found."""

import asyncio
from collections.abc import Mapping

from services.diagnose.domain.model.advice import adds_no_figure, facts_of, in_words_of
from services.diagnose.domain.model.answers import Recommendations, Summary
from services.diagnose.domain.model.failures import ModelFailure, UnusableAnswer
from services.diagnose.domain.model.prompts import RECOMMENDATIONS, SUMMARY, language_name
from services.diagnose.steps.ports import ModelSession
from shared.contract.documents import DiagnosisText
from shared.contract.failures import Language

_SUMMARY_TOKENS, _RECOMMENDATION_TOKENS = 500, 1200


async def reword(session: ModelSession, text: DiagnosisText, language: Language) -> DiagnosisText:
    """``text`` with summary and recommendations in the model's words. What fails stays as it is."""
    given = dict(enumerate(text.recommendations))
    async with asyncio.TaskGroup() as group:
        summary = group.create_task(_summary(session, text, language))
        worded = group.create_task(_recommendations(session, text, given, language))
    return in_words_of(session.engine, text, summary.result(), worded.result())


async def _summary(session: ModelSession, text: DiagnosisText, language: Language) -> str | None:
    facts = session.redactor.text(facts_of(text))

    def check(answer: Summary) -> None:
        if not adds_no_figure(answer.summary, facts):
            raise UnusableAnswer

    words = {"language": language_name(language)}
    found = await session.ask(
        SUMMARY, words, {"facts": facts}, Summary, max_tokens=_SUMMARY_TOKENS, check=check
    )
    return None if found is None else found.summary.strip()


async def _recommendations(
    session: ModelSession, text: DiagnosisText, given: Mapping[int, str], language: Language
) -> dict[int, str]:
    """One call for all. When its answer is cut, two calls take half each, and so on."""
    if not given:
        return {}
    facts = session.redactor.text(facts_of(text))

    def check(answer: Recommendations) -> None:
        if not all(adds_no_figure(item.text, facts) for item in answer.items):
            raise UnusableAnswer

    numbered = [{"number": number, "text": said} for number, said in given.items()]
    words = {"language": language_name(language)}
    data = {"facts": facts, "recommendations": numbered}
    try:
        found = await session.ask(
            RECOMMENDATIONS,
            words,
            data,
            Recommendations,
            max_tokens=_RECOMMENDATION_TOKENS,
            check=check,
            is_splittable=True,
        )
    except ModelFailure as failure:
        if len(given) == 1:
            session.count_failure(failure.reason)
            return {}
        numbers = list(given)
        middle = len(numbers) // 2
        async with asyncio.TaskGroup() as group:
            halves = [
                group.create_task(
                    _recommendations(session, text, {n: given[n] for n in part}, language)
                )
                for part in (numbers[:middle], numbers[middle:])
            ]
        return halves[0].result() | halves[1].result()
    items = () if found is None else found.items
    return {item.number: item.text.strip() for item in items if item.number in given}
