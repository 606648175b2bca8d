"""What a tenant has imported of its own: taxonomies and taggers."""

from dataclasses import dataclass

from services.diagnose.domain.points.point_index import PointIndex
from shared.contract.bank import StoredTagger, StoredTaxonomy


@dataclass(frozen=True, slots=True)
class TenantIndex:
    """A tenant's imports at one moment. ``key`` changes when any of them changes."""

    key: tuple[object, ...] = ()
    taxonomies: tuple[StoredTaxonomy, ...] = ()
    taggers: tuple[StoredTagger, ...] = ()
    #: The index when it is in memory already.
    made: PointIndex | None = None
