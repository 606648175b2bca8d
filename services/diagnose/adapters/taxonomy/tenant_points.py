"""The point index of a tenant: its own taxonomies and taggers where it has any, else ours."""

import asyncio
import hashlib
import io
from collections import OrderedDict
from typing import Any

import structlog

from services.diagnose.adapters.taxonomy.tagged_taxonomy import TaggedTaxonomy, shipped_points
from services.diagnose.adapters.taxonomy.tagger_files import read_tagger
from services.diagnose.adapters.taxonomy.taxonomy_files import shipped_documents, taxonomy_of
from services.diagnose.domain.points.point_index import PointIndex
from services.diagnose.domain.points.tenant_index import TenantIndex
from services.diagnose.domain.tagging.tagger import Tagger
from shared.db.unit_of_work import UnitOfWork
from shared.storage.blobs import BlobStore

log = structlog.get_logger(__name__)

#: Number of tenants whose indexes stay in memory. A tagger takes a few megabytes.
_KEPT = 16


class TenantPoints:
    """Makes each tenant's index once, and again only after another import.

    ``look_up`` belongs in a stage's ``load``. It reads versions, and documents only when they are
    new. ``index`` belongs in ``compute``. It may read a tagger from the blob store and holds no
    connection.
    """

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self._shipped = shipped_points()
        self._made: OrderedDict[tuple[object, ...], PointIndex] = OrderedDict()

    async def look_up(self, uow: UnitOfWork, tenant_id: str) -> TenantIndex:
        """What the tenant has imported. Documents are left out when the index is in memory."""
        versions = await uow.taxonomies.versions(tenant_id)
        taggers = await uow.taggers.list(tenant_id)
        if not versions and not taggers:
            return TenantIndex(made=self._shipped)
        key = (tenant_id, versions, tuple(tagger.blob_key for tagger in taggers))
        if key in self._made:
            return TenantIndex(key, made=self._made[key])
        return TenantIndex(key, await uow.taxonomies.list(tenant_id), taggers)

    async def index(self, tenant: TenantIndex) -> PointIndex:
        """The index; raises LookupError when a tagger's file is missing."""
        if not tenant.key:
            return self._shipped
        made = tenant.made or await self._make(tenant)
        self._made[tenant.key] = made
        self._made.move_to_end(tenant.key)
        while len(self._made) > _KEPT:
            self._made.popitem(last=False)
        return made

    async def _make(self, tenant: TenantIndex) -> PointIndex:
        files = [await self._blobs.read(tagger.blob_key) for tagger in tenant.taggers]
        # CPU-bound: a thread keeps the worker's event loop responsive.
        return await asyncio.to_thread(_built, tenant, files)


def _built(tenant: TenantIndex, files: list[bytes]) -> PointIndex:
    own: dict[str, dict[str, Any]] = {one.subject: one.document for one in tenant.taxonomies}
    taggers: dict[tuple[str, str], Tagger] = {}
    for tagger, data in zip(tenant.taggers, files, strict=True):
        try:
            taggers[tagger.subject, tagger.language] = read_tagger(io.BytesIO(data))
        except ValueError:
            # An earlier version trained this file. Ours answers until the tenant trains again.
            log.warning("tagger.other_layout", subject=tagger.subject, blob_key=tagger.blob_key)
    keys = "".join(tagger.blob_key for tagger in tenant.taggers)
    trained = hashlib.sha256(keys.encode()).hexdigest()[:8] if keys else ""
    return TaggedTaxonomy(taxonomy_of({**shipped_documents(), **own}), taggers, trained)
