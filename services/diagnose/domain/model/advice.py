"""Advice in a model's words: only with the figures and questions that the rules have found."""

import re
from collections.abc import Mapping

from shared.contract.documents import DiagnosisText

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def adds_no_figure(text: str, facts: str) -> bool:
    """Whether every number in ``text`` stands in ``facts`` too."""
    known = {float(number) for number in _NUMBER.findall(facts)}
    return all(float(number) in known for number in _NUMBER.findall(text))


def facts_of(text: DiagnosisText) -> str:
    """All that a summary may rest on: the sentences of the rules."""
    told = (focus.reason for focus in text.focus)
    claims = (*text.strengths, *text.weaknesses, *text.recommendations)
    return "\n".join((text.summary, *told, *claims))


def in_words_of(
    model: str, text: DiagnosisText, summary: str | None, recommendations: Mapping[int, str]
) -> DiagnosisText:
    """``text`` with the model's summary and recommendations, where there are any.

    Strengths and weaknesses are claims with their certainty and stay as the rules wrote them.
    """
    if summary is None and not recommendations:
        return text
    worded = [recommendations.get(i, given) for i, given in enumerate(text.recommendations)]
    return text.model_copy(
        update={
            "summary": text.summary if summary is None else summary,
            "recommendations": tuple(worded),
            "engine": model,
        }
    )
