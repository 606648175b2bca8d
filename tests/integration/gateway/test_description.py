"""The gateway against its own description, by schemathesis; ``make fuzz`` does more of it."""

import asyncio
from typing import Any

import httpx2
import pytest

from examlens.client import AsyncExamLensClient
from tests.fuzz.schema import SchemaRun, run_schemathesis
from tests.integration.gateway.conftest import Edge, NewKey, StartGateway
from tests.integration.gateway.pipeline import PNG, Pipeline
from tests.integration.gateway.test_submission import KEY


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("is_known", "phases"), [(True, ["examples", "coverage"]), (False, ["examples"])]
)
async def test_every_operation_does_what_its_description_says(
    start_gateway: StartGateway,
    new_key: NewKey,
    pipeline: Pipeline,
    is_known: bool,
    phases: list[str],
) -> None:
    token = await new_key()
    async with (
        start_gateway(
            requests_per_minute=0, submissions_per_minute=0, max_wait_seconds=1
        ) as address,
        AsyncExamLensClient(address, token) as client,
    ):
        paper = await client.create_paper(KEY)
        exam_id = (await client.submit([PNG], paper_id=paper.paper_id)).exam_id
        await pipeline.run(exam_id)
        asked = SchemaRun(
            address=address,
            token=token if is_known else None,
            exams=[exam_id],
            papers=[paper.paper_id],
            phases=phases,
            max_examples=5,
            seed=1,
        )
        outcome = await asyncio.to_thread(run_schemathesis, asked)
    assert outcome.is_fine, outcome.report[-6000:]


async def test_the_description_says_that_a_part_of_every_file_can_be_asked_for(edge: Edge) -> None:
    document = (await edge.http.get("/openapi.json")).json()
    for path in document["paths"].values():
        answers = path.get("get", {}).get("responses", {})
        assert ("416" in answers) == ("206" in answers)


async def test_no_parameter_is_described_as_null(edge: Edge) -> None:
    document = (await edge.http.get("/openapi.json")).json()
    schemas = [
        parameter["schema"]
        for path in document["paths"].values()
        for operation in path.values()
        for parameter in operation.get("parameters", ())
    ]
    assert schemas
    assert not [schema for schema in schemas if {"type": "null"} in schema.get("anyOf", ())]


async def post_key(edge: Edge, template: dict[str, Any]) -> httpx2.Response:
    key = {**KEY.model_dump(mode="json"), "bubble_template": template}
    return await edge.http.post("/papers", json=key)


async def test_what_a_template_says_beyond_what_we_know_is_kept_where_it_can_be(
    edge: Edge,
) -> None:
    template = {
        "pageDimensions": [1000, 800],
        "bubbleDimensions": [30, 20],
        "fieldBlocks": {
            "a": {
                "fieldType": "QTYPE_MCQ4",
                "origin": [10, 20],
                "fieldLabels": ["q1..2"],
                "bubblesGap": 40,
                "labelsGap": 30,
            }
        },
        "preProcessors": [{"name": "Crop\x00", "options": {"\x00": 1.5}}],
    }
    answer = await post_key(edge, template)
    assert answer.status_code == 201
    kept = answer.json()["answer_key"]["bubble_template"]
    assert kept == {**template, "preProcessors": [{"name": "Crop�", "options": {"�": 1.5}}]}
