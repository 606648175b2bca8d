"""The table of services tells the truth about the code: files, peers, stages, processes."""

import inspect

import pytest

from shared.contract.jobs import JobKind
from shared.contract.services import SERVICES, WORKERS, Peer, Service
from shared.contract.stages import Stage
from shared.storage.blobs import BlobStore
from tests.contract import service_code as code

by_name = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


@by_name
def test_a_service_does_with_files_what_the_table_says(service: Service) -> None:
    assert code.blob_access_of(service) is service.blobs


@by_name
def test_a_service_opens_ways_to_the_peers_that_the_table_names(service: Service) -> None:
    assert code.peers_of(service) == service.peers


def test_nothing_but_the_known_doors_opens_a_connection() -> None:
    """A new client of anything needs a door in service_code.py, and a peer in the table."""
    known = code.EVERYBODYS | {door.rpartition(".")[0] for door in code.DOORS}
    assert {module for module in code.own_modules() if code.connects(module)} == known


def test_a_blob_store_has_one_name_wherever_it_is_held() -> None:
    """So that the search for what is asked of it misses none."""
    others = {
        f"{module}: {name}"
        for module in code.own_modules()
        for name in code.names_of_blob_stores(module)
        if name not in code.BLOB_NAMES
    }
    assert not others


def test_the_search_knows_everything_that_a_blob_store_can_do() -> None:
    methods = {name for name, _ in inspect.getmembers(BlobStore, inspect.isfunction)}
    public = {name for name in methods if not name.startswith("_")}
    assert public == code.READING | code.CHANGING


def test_every_stage_is_the_work_of_one_service() -> None:
    worked = [stage for worker in WORKERS for stage in worker.stages]
    assert sorted(worked) == sorted(Stage)


def test_every_kind_of_job_is_the_work_of_one_service() -> None:
    worked = [kind for worker in WORKERS for kind in worker.jobs]
    assert sorted(worked) == sorted(JobKind)


def test_every_folder_of_services_is_in_the_table() -> None:
    folders = {path.parent.name for path in (code.ROOT / "services").glob("*/__init__.py")}
    assert folders == {service.name for service in SERVICES if service.image == service.name}


def test_every_service_but_the_gateway_talks_to_the_broker() -> None:
    assert {s.name for s in SERVICES if Peer.BROKER not in s.peers} == {"gateway"}
