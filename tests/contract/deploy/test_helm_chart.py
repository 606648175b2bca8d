"""The chart renders, and what it renders is valid and as strict as it claims."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from shared.contract.jobs import ALL_QUEUES
from shared.contract.services import SERVICE_NAMES, SERVICES, WORKER_NAMES, Peer
from shared.contract.stages import SPECS
from tests.availability import unavailable
from tests.chart import CHART, HELM, Manifest, helm, of_kind, render

ROOT = Path(__file__).parents[3]
KUBERNETES = "1.34"
OF_OPERATORS = ("keda.sh", "monitoring.coreos.com")
#: Everything that can be switched on.
FULL = (
    "--set=model.baseUrl=https://model.example.com/v1",
    "--set=ingress.enabled=true,ingress.tlsSecret=tls,ingress.className=nginx",
    "--set=secrets.roles=examlens-roles",
    "--set=blobs.credentials=examlens-s3",
    "--set=env.OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318",
    "--set=cache.enabled=true,podAnnotations.owner=exams,serviceAccount.annotations.role=exams",
    "--set=placement.nodeSelector.pool=exams,services.ocr.placement.nodeSelector.pool=compute",
    '--set-json=placement.tolerations=[{"key": "exams", "operator": "Exists"}]',
)


@pytest.fixture(scope="module", autouse=True)
def helm_is_installed() -> None:
    if HELM is None:
        unavailable("helm")


def pod_specs(manifests: list[Manifest]) -> Iterator[tuple[str, Manifest]]:
    for manifest in manifests:
        if manifest["kind"] in {"Deployment", "Job"}:
            yield manifest["metadata"]["name"], manifest["spec"]["template"]["spec"]


def closed(schema: Any) -> Any:
    """The schema, in which an object that lists its properties has no others."""
    if isinstance(schema, str):
        # Go takes flags after the anchor, Python only before it.
        return schema.replace("^(?i)", "(?i)^")
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(part) for key, part in schema.items()}
    if "properties" in made and "additionalProperties" not in made:
        made["additionalProperties"] = False
    return made


@pytest.fixture(scope="module")
def full() -> list[Manifest]:
    return render(*FULL)


def test_the_chart_passes_a_strict_lint() -> None:
    answer = helm("lint", "--strict", str(CHART))
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize(
    "options",
    [
        (),
        FULL,
        ("--set=autoscaling.kind=hpa",),
        ("--set=autoscaling.kind=none,monitoring.enabled=false,networkPolicy.enabled=false",),
        ("--set=blobs.url=/data/blobs,blobs.claim=examlens-blobs",),
    ],
)
def test_every_manifest_is_valid_kubernetes(options: tuple[str, ...]) -> None:
    manifests = render(*options)
    assert manifests
    for manifest in manifests:
        if not manifest["apiVersion"].startswith(OF_OPERATORS):
            kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


@pytest.mark.parametrize(
    ("module", "kind"),
    [
        ("cloudcoil.models.keda.v1alpha1", "ScaledObject"),
        ("cloudcoil.models.keda.v1alpha1", "TriggerAuthentication"),
        ("cloudcoil.models.prometheus_operator.v1", "PodMonitor"),
        ("cloudcoil.models.prometheus_operator.v1", "PrometheusRule"),
    ],
)
def test_what_operators_read_is_valid_by_their_own_schemas(
    full: list[Manifest], module: str, kind: str
) -> None:
    schema = closed(getattr(importlib.import_module(module), kind).model_json_schema(by_alias=True))
    manifests = of_kind(full, kind)
    assert manifests
    for manifest in manifests.values():
        jsonschema.validate(manifest, schema)


@pytest.mark.parametrize(
    "option",
    [
        "services.ocr.threads=0",
        "autoscaling.kind=both",
        "services.ocr.treads=2",
        "shutdownGraceSeconds=30",
        "terminationGracePeriodSeconds=120",
        "model.services={parse}",
        "services.parse.readsBlobsOnly=true",
        "placement.nodeselector.pool=compute",
        "services.ocr.tmp=512",
        "blobs.url=/data/blobs",
    ],
)
def test_values_that_make_no_sense_are_refused(option: str) -> None:
    assert helm("template", "exam", str(CHART), "--set", option).returncode != 0


def test_every_pod_is_restricted(full: list[Manifest]) -> None:
    for name, pod in pod_specs(full):
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert "tmp" in {mount["name"] for mount in pod["containers"][0]["volumeMounts"]}
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["limits"]["memory"]


def test_every_worker_may_finish_what_it_has_begun(full: list[Manifest]) -> None:
    longest = max(spec.time_limit_seconds for spec in SPECS.values())
    for name, pod in pod_specs(full):
        if name.endswith("migrate"):
            continue
        environment = {e["name"]: e["value"] for e in pod["containers"][0]["env"]}
        grace = float(environment["EXAMLENS_SHUTDOWN_GRACE_SECONDS"])
        assert pod["terminationGracePeriodSeconds"] >= grace >= longest, name


def test_each_queue_scales_the_one_worker_that_consumes_it(full: list[Manifest]) -> None:
    scaled = of_kind(full, "ScaledObject")
    assert set(scaled) == {f"exam-{worker}" for worker in WORKER_NAMES}
    queues = [
        trigger["metadata"]["queueName"]
        for manifest in scaled.values()
        for trigger in manifest["spec"]["triggers"]
    ]
    assert sorted(queues) == sorted(ALL_QUEUES)
    assert all(manifest["spec"]["minReplicaCount"] >= 1 for manifest in scaled.values())


def test_queues_of_one_service_are_scaled_apart() -> None:
    manifests = render(
        "--set=services.diagnose.queues={analysis,diagnostic}",
        "--set=services.diagnose.apart.class.queues={class,practice}",
        "--set=services.diagnose.apart.class.replicas=1,services.diagnose.apart.class.maxReplicas=4",
    )
    deployments = of_kind(manifests, "Deployment")
    told = {}
    for name in ("exam-diagnose", "exam-diagnose-class"):
        pod = deployments[name]["spec"]["template"]["spec"]
        environment = {e["name"]: e["value"] for e in pod["containers"][0]["env"]}
        told[name] = environment["EXAMLENS_WORKER_QUEUES"]
        (volume,) = [v for v in pod["volumes"] if v["name"] == "secrets"]
        keys = {item["key"] for item in volume["secret"]["items"]}
        assert keys == {"diagnose_database_url", "diagnose_amqp_url"}
    assert told == {
        "exam-diagnose": "analysis,diagnostic",
        "exam-diagnose-class": "class,practice",
    }
    scaled = of_kind(manifests, "ScaledObject")["exam-diagnose-class"]["spec"]
    assert scaled["maxReplicaCount"] == 4
    assert [t["metadata"]["queueName"] for t in scaled["triggers"]] == ["class", "practice"]
    assert "exam-diagnose-class" in of_kind(manifests, "NetworkPolicy")
    assert "exam-diagnose-class" in of_kind(manifests, "PodDisruptionBudget")


def test_deliveries_scale_by_the_threads_that_wait_for_receivers(full: list[Manifest]) -> None:
    triggers = of_kind(full, "ScaledObject")["exam-report"]["spec"]["triggers"]
    values = {t["metadata"]["queueName"]: t["metadata"]["value"] for t in triggers}
    assert values == {"report": "2", "default": "2", "drawing": "2", "webhooks": "16"}


@pytest.mark.parametrize(("kind", "other"), [("keda", "hpa"), ("hpa", "keda")])
def test_a_deployment_has_one_scaler_and_no_replicas_of_its_own(kind: str, other: str) -> None:
    names = {"keda": "ScaledObject", "hpa": "HorizontalPodAutoscaler"}
    manifests = render(f"--set=autoscaling.kind={kind}")
    assert len(of_kind(manifests, names[kind])) == len(WORKER_NAMES)
    assert not of_kind(manifests, names[other])
    deployments = of_kind(manifests, "Deployment")
    assert all("replicas" not in deployments[f"exam-{name}"]["spec"] for name in WORKER_NAMES)
    assert all("replicas" in deployments[f"exam-{name}"]["spec"] for name in ("gateway", "relay"))


def test_nothing_is_allowed_that_no_policy_names(full: list[Manifest]) -> None:
    policies = of_kind(full, "NetworkPolicy")
    deny = policies.pop("exam-deny")["spec"]
    assert deny["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in deny
    assert "egress" not in deny
    components = {
        policy["spec"]["podSelector"]["matchLabels"]["app.kubernetes.io/component"]
        for policy in policies.values()
    }
    assert components == {"migrate", *SERVICE_NAMES}


def test_only_diagnose_reaches_a_model_and_nobody_where_there_is_none() -> None:
    options = (
        "--set=model.baseUrl=https://model.example.com/v1",
        '--set-json=networkPolicy.model={"port": 8443, "to": []}',
    )

    def who_reaches_8443(manifests: list[Manifest]) -> set[str]:
        return {
            name
            for name, policy in of_kind(manifests, "NetworkPolicy").items()
            for rule in policy["spec"].get("egress", [])
            if any(port["port"] == 8443 for port in rule["ports"])
        }

    assert who_reaches_8443(render(*options)) == {"exam-diagnose"}
    assert who_reaches_8443(render(options[1])) == set()


def test_report_reaches_the_networks_that_webhooks_may_go_to() -> None:
    def blocks(*options: str) -> set[str]:
        policy = of_kind(render("--set=networkPolicy.enabled=true", *options), "NetworkPolicy")
        rules = policy["exam-report"]["spec"]["egress"]
        peers = [peer for rule in rules for peer in rule.get("to", [])]
        return {peer["ipBlock"]["cidr"] for peer in peers if "ipBlock" in peer}

    named = '--set-json=env.EXAMLENS_WEBHOOK_NETWORKS="10.9.0.0/16, fd12:3::/48"'
    assert blocks(named) - blocks() == {"10.9.0.0/16", "fd12:3::/48"}


def test_a_service_is_given_its_own_secrets_only(full: list[Manifest]) -> None:
    for name, pod in pod_specs(full):
        service = name.removeprefix("exam-")
        (volume,) = [v for v in pod["volumes"] if v["name"] == "secrets"]
        key_of_peer = {
            Peer.BROKER: f"{service}_amqp_url",
            Peer.CACHE: "redis_url",
            Peer.MODEL: "model_api_key",
        }
        keys = {item["key"] for item in volume["secret"]["items"]}
        peers = {peer for s in SERVICES if s.name == service for peer in s.peers}
        due = {key for peer, key in key_of_peer.items() if peer in peers}
        assert keys == {f"{service}_database_url"} | due


def test_pods_start_anew_when_their_secrets_are_said_to_have_changed() -> None:
    def templates(revision: str) -> dict[str, Manifest]:
        deployments = of_kind(render(f"--set-string=secrets.revision={revision}"), "Deployment")
        return {name: manifest["spec"]["template"] for name, manifest in deployments.items()}

    before, after = templates("1"), templates("2")
    assert all(before[name] != after[name] for name in before)


def test_a_service_may_be_placed_apart_from_the_others(full: list[Manifest]) -> None:
    for name, pod in pod_specs(full):
        pool = "compute" if name == "exam-ocr" else "exams"
        assert pod["nodeSelector"] == {"pool": pool}, name
        assert pod["tolerations"] == [{"key": "exams", "operator": "Exists"}]


def test_many_pods_are_replaced_and_moved_in_shares(full: list[Manifest]) -> None:
    """One by one, a hundred workers that may each finish their work would take hours."""
    for deployment in of_kind(full, "Deployment").values():
        update = deployment["spec"]["strategy"]["rollingUpdate"]
        assert update == {"maxUnavailable": 0, "maxSurge": "25%"}
    for budget in of_kind(full, "PodDisruptionBudget").values():
        assert budget["spec"]["maxUnavailable"] == "25%"


def test_the_rules_are_those_of_the_compose_set_up(full: list[Manifest]) -> None:
    (rule,) = of_kind(full, "PrometheusRule").values()
    rules = (ROOT / "deploy" / "prometheus" / "rules.yml").read_text()
    assert rule["spec"] == yaml.safe_load(rules)


def test_jobs_in_the_rules_are_components_of_the_chart(full: list[Manifest]) -> None:
    (monitor,) = of_kind(full, "PodMonitor").values()
    assert monitor["spec"]["jobLabel"] == "app.kubernetes.io/component"
    prometheus = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())
    jobs = {job["job_name"] for job in prometheus["scrape_configs"]}
    assert set(SERVICE_NAMES) <= jobs


def test_migrations_run_before_anything_of_a_version(full: list[Manifest]) -> None:
    (job,) = of_kind(full, "Job").values()
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert job["spec"]["template"]["spec"]["containers"][0]["command"][-1] == "shared.db.migrate"


def test_the_chart_is_of_the_projects_version() -> None:
    project = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert project is not None
    assert chart["appVersion"] == project[1]
