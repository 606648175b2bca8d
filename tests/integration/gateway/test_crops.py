"""Pictures of questions over real HTTP."""

import pytest

from examlens.client import ExamLensError
from shared.contract.exams import crop_key
from shared.contract.stages import Stage
from shared.storage.blobs import BlobStore
from tests.integration.gateway.conftest import Edge, NewKey
from tests.integration.gateway.pipeline import PNG, Pipeline


async def test_a_questions_picture_is_served_in_parts_and_survives_a_correction(
    edge: Edge, pipeline: Pipeline, blobs: BlobStore, new_key: NewKey
) -> None:
    exam_id = (await edge.client.submit([PNG], force=True)).exam_id
    with pytest.raises(ExamLensError) as caught:
        await edge.client.crop(exam_id, 2)
    assert caught.value.code == "not_finished"
    await pipeline.run(exam_id)
    await blobs.write(crop_key(exam_id, 1, 2), PNG)
    assert await edge.client.crop(exam_id, 2) == PNG
    path = f"/exams/{exam_id}/questions/2/crop"
    part = await edge.http.get(path, headers={"Range": "bytes=0-7"})
    assert (part.status_code, part.content) == (206, PNG[:8])
    same = await edge.http.get(path, headers={"If-None-Match": part.headers["etag"]})
    assert same.status_code == 304
    assert (await edge.http.get(path.replace("/2/", "/9/"))).status_code == 404
    stranger = {"Authorization": f"Bearer {await new_key(tenant='another class')}"}
    assert (await edge.http.get(path, headers=stranger)).status_code == 404
    await edge.http.patch(
        path.removesuffix("/crop"), json={"student_answer": "B"}, headers={"If-Match": "*"}
    )
    await pipeline.run(exam_id, until=Stage.ANALYSIS)
    assert await edge.client.crop(exam_id, 2) == PNG
