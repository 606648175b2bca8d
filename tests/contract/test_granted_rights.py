"""What docker-compose.yml and the chart grant each service is what it needs, and no more."""

from typing import Any

import pytest
import yaml

from shared.contract.services import SERVICES, BlobAccess, Peer, Service
from tests.availability import unavailable
from tests.chart import HELM, ROOT, Manifest, of_kind, render

by_name = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
#: A port for each peer, so that a rule tells by its port whom it is for.
PORTS = {
    "database": 5432,
    "broker": 5672,
    "blobStore": 9443,
    "model": 8443,
    "cache": 6379,
    "webhooks": 8080,
}
CHART_OPTIONS = (
    "--set=model.baseUrl=https://model.example.com/v1,cache.enabled=true,blobs.credentials=s3",
    f"--set=networkPolicy.webhookPorts={{{PORTS['webhooks']}}}",
    *(f"--set=networkPolicy.{peer}.port={PORTS[peer]}" for peer in PORTS if peer != "webhooks"),
)
ON_A_VOLUME = "--set=blobs.url=/data/blobs,blobs.claim=examlens-blobs"
PORT_OF_PEER = {
    Peer.BROKER: PORTS["broker"],
    Peer.CACHE: PORTS["cache"],
    Peer.MODEL: PORTS["model"],
    Peer.RECEIVERS: PORTS["webhooks"],
}


def access(mounts: list[bool]) -> BlobAccess:
    """The access of a service with these mounts of the blobs, each read-only or not."""
    assert len(mounts) <= 1
    if not mounts:
        return BlobAccess.NONE
    return BlobAccess.READ if mounts[0] else BlobAccess.WRITE


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return document


@by_name
def test_compose_mounts_the_files_as_they_are_needed(
    compose: dict[str, Any], service: Service
) -> None:
    volumes = compose["services"][service.name].get("volumes", [])
    assert access([v.endswith(":ro") for v in volumes if v.startswith("blobs:")]) is service.blobs


@by_name
def test_compose_gives_the_bucket_to_those_who_need_files(
    compose: dict[str, Any], service: Service
) -> None:
    given = compose["services"][service.name]
    url = given["environment"].get("EXAMLENS_BLOB_URL", "")
    keys = [file["path"].rpartition("/")[2] for file in given.get("env_file", [])]
    uses_files = service.blobs is not BlobAccess.NONE
    assert url.startswith("${EXAMLENS_BLOB_URL:-") is uses_files
    assert ("s3.env" in keys) is uses_files


@by_name
def test_compose_tells_a_service_the_addresses_of_its_peers_only(
    compose: dict[str, Any], service: Service
) -> None:
    given = compose["services"][service.name]
    told = {secret["target"] for secret in given["secrets"]} | set(given["environment"])
    settings = {
        Peer.BROKER: "AMQP_URL",
        Peer.CACHE: "EXAMLENS_REDIS_URL",
        Peer.MODEL: "EXAMLENS_MODEL_API_KEY",
    }
    known = {peer for peer, setting in settings.items() if setting in told}
    assert known == service.peers - {Peer.RECEIVERS}
    assert ("EXAMLENS_MODEL_BASE_URL" in told) == (Peer.MODEL in service.peers)


@by_name
def test_compose_lets_out_who_has_peers_beyond_it(
    compose: dict[str, Any], service: Service
) -> None:
    networks = {
        name: compose["networks"][name] for name in compose["services"][service.name]["networks"]
    }
    assert "backend" in networks
    assert any(leads_out(network) for network in networks.values()) is service.leaves


def leads_out(network: dict[str, Any]) -> bool:
    """Whether what begins in the network gets beyond it and is answered."""
    masquerade = "com.docker.network.bridge.enable_ip_masquerade"
    return not (
        network.get("internal") or network.get("driver_opts", {}).get(masquerade) == "false"
    )


@pytest.fixture(scope="module")
def chart() -> list[Manifest]:
    if HELM is None:
        unavailable("helm")
    return render(*CHART_OPTIONS)


@pytest.fixture(scope="module")
def chart_on_a_volume() -> list[Manifest]:
    if HELM is None:
        unavailable("helm")
    return render(*CHART_OPTIONS, ON_A_VOLUME)


def reachable_ports(chart: list[Manifest], service: Service) -> set[int]:
    policy = of_kind(chart, "NetworkPolicy")[f"exam-{service.name}"]
    ports = {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]}
    # Names of hosts.
    return ports - {53}


def pod_of(chart: list[Manifest], service: Service) -> Manifest:
    pod: Manifest = of_kind(chart, "Deployment")[f"exam-{service.name}"]["spec"]["template"]["spec"]
    return pod


@by_name
def test_the_chart_lets_a_service_reach_its_peers_and_its_bucket(
    chart: list[Manifest], service: Service
) -> None:
    due = {PORT_OF_PEER[peer] for peer in service.peers} | {PORTS["database"]}
    if service.blobs is not BlobAccess.NONE:
        due.add(PORTS["blobStore"])
    assert reachable_ports(chart, service) == due


@by_name
def test_the_chart_gives_the_bucket_to_those_who_need_files(
    chart: list[Manifest], service: Service
) -> None:
    (container,) = pod_of(chart, service)["containers"]
    environment = {entry["name"]: entry["value"] for entry in container["env"]}
    keys = [source["secretRef"]["name"] for source in container.get("envFrom", [])]
    uses_files = service.blobs is not BlobAccess.NONE
    assert (environment["EXAMLENS_BLOB_URL"] == "s3://examlens") is uses_files
    assert ("s3" in keys) is uses_files


@by_name
def test_the_chart_mounts_the_files_as_they_are_needed(
    chart_on_a_volume: list[Manifest], service: Service
) -> None:
    (container,) = pod_of(chart_on_a_volume, service)["containers"]
    mounts = [m for m in container["volumeMounts"] if m["mountPath"] == "/data/blobs"]
    assert access([mount.get("readOnly", False) for mount in mounts]) is service.blobs


@by_name
def test_the_chart_hands_out_the_secrets_of_a_services_peers_only(
    chart: list[Manifest], service: Service
) -> None:
    (volume,) = [v for v in pod_of(chart, service)["volumes"] if v["name"] == "secrets"]
    paths = {item["path"] for item in volume["secret"]["items"]}
    due = {"DATABASE_URL"}
    due |= {"AMQP_URL"} if Peer.BROKER in service.peers else set()
    due |= {"EXAMLENS_MODEL_API_KEY"} if Peer.MODEL in service.peers else set()
    due |= {"EXAMLENS_REDIS_URL"} if Peer.CACHE in service.peers else set()
    assert paths == due


def test_compose_and_the_chart_start_every_service(
    compose: dict[str, Any], chart: list[Manifest]
) -> None:
    names = {service.name for service in SERVICES}
    assert names <= set(compose["services"])
    assert {f"exam-{name}" for name in names} == set(of_kind(chart, "Deployment"))
