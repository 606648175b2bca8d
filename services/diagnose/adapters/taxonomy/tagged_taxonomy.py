"""The taxonomy together with the tagger: points for questions that name none."""

from collections.abc import Mapping

from services.diagnose.adapters.taxonomy.tagger_files import shipped_tagger
from services.diagnose.adapters.taxonomy.taxonomy_files import shipped_taxonomy
from services.diagnose.domain.points.taxonomy import Taxonomy
from services.diagnose.domain.tagging.languages import language_of
from services.diagnose.domain.tagging.question_features import LAYOUT, QuestionText
from services.diagnose.domain.tagging.tagger import Tagger
from shared.contract.documents import KnowledgePoint

#: The tagger was trained on this subject alone.
_TAGGED_SUBJECT = "mathematics"
#: A topic with at least this score counts like words of the question.
_LEAST_TOPIC_SCORE = 0.3


class TaggedTaxonomy:
    """A point index: names from the taxonomy, suggestions helped by the tagger's topics.

    ``taggers`` are a tenant's own, by subject and language. They replace the shipped one, and
    ``trained`` stands for them in the version.
    """

    def __init__(
        self,
        taxonomy: Taxonomy,
        taggers: Mapping[tuple[str, str], Tagger] | None = None,
        trained: str = "",
    ) -> None:
        self._taxonomy, self._taggers = taxonomy, dict(taggers or {})
        self._version = f"{taxonomy.version}-{LAYOUT}{trained}"

    @property
    def version(self) -> str:
        """The version of the taxonomy and the tenant's taggers."""
        return self._version

    def subject_of(self, subject: str | None) -> str | None:
        """The key of the subject."""
        return self._taxonomy.subject_of(subject)

    def choices(self, subject: str | None, *, is_chinese: bool) -> tuple[KnowledgePoint, ...]:
        """The points that a question of ``subject`` can be about."""
        return self._taxonomy.choices(subject, is_chinese=is_chinese)

    def find(self, subject: str | None, name: str) -> KnowledgePoint | None:
        """The taxonomy's point called ``name``, or None."""
        return self._taxonomy.find(subject, name)

    def suggest(self, subject: str | None, text: str) -> tuple[KnowledgePoint, ...]:
        """Points that a question's text clearly speaks of."""
        language = language_of([text])
        tagger = self._tagger(self._taxonomy.subject_of(subject), language)
        if tagger is not None and text.strip():
            tags = tagger.tag(QuestionText(text, language))
            topics = [name for name, score in tags.leaves if score >= _LEAST_TOPIC_SCORE]
            text = " ".join((text, *topics))
        return self._taxonomy.suggest(subject, text)

    def _tagger(self, subject: str | None, language: str) -> Tagger | None:
        if subject is None:
            return None
        own = self._taggers.get((subject, language))
        if own is None and subject == _TAGGED_SUBJECT:
            return shipped_tagger(language)
        return own


def shipped_points() -> TaggedTaxonomy:
    """The nine subjects, with the mathematics tagger."""
    return TaggedTaxonomy(shipped_taxonomy())
