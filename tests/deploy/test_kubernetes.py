"""What is applied to a cluster: what Kubernetes publishes of its objects, and what the daemon needs of it."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from monitor.rulebook import loads
from monitor.settings import Settings, lookup
from tests.cli.builders import PATIENCE
from tests.deploy.builders import DEPLOY, read_documents, read_yaml

FOLDER = DEPLOY / "kubernetes"
KUBECTL = shutil.which("kubectl")
LABELS = {"app.kubernetes.io/name": "budget-monitor"}
VERSIONS = ("1.34", "1.37")

BASE = {
    document["kind"]: document
    for name in read_yaml(FOLDER / "base" / "kustomization.yaml")["resources"]
    for document in read_documents((FOLDER / "base" / name).read_text(encoding="utf-8"))
}
POD = BASE["Deployment"]["spec"]["template"]["spec"]
(CONTAINER,) = POD["containers"]
VARIABLES = {each["name"]: each["value"] for each in CONTAINER["env"]}


def applied() -> list[dict[str, Any]]:
    """What `kubectl apply -k` sends for the example."""
    done = subprocess.run(  # noqa: S603 - found in PATH
        [str(KUBECTL), "kustomize", str(FOLDER / "example")],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    return read_documents(done.stdout)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", [kind for kind in BASE if kind != "PodMonitor"])
def test_every_object_is_one_of_kubernetes(kind: str, version: str) -> None:
    """Each satisfies the published schema of its kind, without a field that this does not know."""
    validator = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is not installed")

    validator.validate(BASE[kind], version, strict=True)  # raises where it does not


def test_a_wrong_object_would_be_found() -> None:
    """The schemas are strict: a field with a typing mistake is refused."""
    validator = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is not installed")
    wrong = BASE["Service"] | {"spec": BASE["Service"]["spec"] | {"publishNotReadyAdresses": True}}

    with pytest.raises(validator.ValidationError):
        validator.validate(wrong, VERSIONS[-1], strict=True)


@pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed")
def test_kustomize_puts_the_example_together() -> None:
    """It has all objects of the base, in its namespace, with the key, the rules and the image of whoever copies it."""
    objects = {each["kind"]: each for each in applied()}

    assert set(objects) == {*BASE, "Namespace", "ConfigMap", "Secret"}
    assert {each["metadata"].get("namespace") for kind, each in objects.items() if kind != "Namespace"} == {
        "budget-monitor"
    }
    pod = objects["Deployment"]["spec"]["template"]["spec"]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert volumes["rules"]["configMap"]["name"] == objects["ConfigMap"]["metadata"]["name"]
    assert volumes["secrets"]["secret"]["secretName"] == objects["Secret"]["metadata"]["name"]
    assert pod["containers"][0]["image"] == "registry.example.com/budget-monitor:0.1.0"


@pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed")
def test_kustomize_leaves_selectors_alone() -> None:
    """What selects the pod, and what lets Prometheus in, is applied as it is written."""
    objects = {each["kind"]: each for each in applied()}

    for kind in ("Service", "NetworkPolicy", "PodMonitor"):
        assert objects[kind]["spec"] == BASE[kind]["spec"]


def test_everything_selects_the_pod() -> None:
    """Deployment, service, network policy and pod monitor mean the same pod, which has the label by kustomize."""
    (label,) = read_yaml(FOLDER / "base" / "kustomization.yaml")["labels"]

    assert (label["pairs"], label["includeTemplates"]) == (LABELS, True)
    assert BASE["Deployment"]["spec"]["selector"]["matchLabels"] == LABELS
    assert BASE["Service"]["spec"]["selector"] == LABELS
    assert BASE["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == LABELS
    assert BASE["PodMonitor"]["spec"]["selector"]["matchLabels"] == LABELS


def test_one_pod_writes_to_the_database() -> None:
    """The old pod is gone before the new one starts, and the database outlives both."""
    spec = BASE["Deployment"]["spec"]
    volumes = {volume["name"]: volume for volume in POD["volumes"]}

    assert (spec["replicas"], spec["strategy"]["type"]) == (1, "Recreate")
    assert volumes["state"]["persistentVolumeClaim"]["claimName"] == BASE["PersistentVolumeClaim"]["metadata"]["name"]
    assert BASE["PersistentVolumeClaim"]["spec"]["accessModes"] == ["ReadWriteOnce"]


def test_the_pod_keeps_to_the_restricted_standard() -> None:
    """Every control of the Pod Security Standard "restricted" that applies to a pod on Linux."""
    own, pod = CONTAINER["securityContext"], POD["securityContext"]

    assert not {"hostNetwork", "hostPID", "hostIPC"} & POD.keys()
    assert not any("hostPort" in port for port in CONTAINER["ports"])
    assert own["allowPrivilegeEscalation"] is False
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert not {"privileged", "procMount", "seLinuxOptions", "seccompProfile"} & own.keys()
    assert pod["runAsNonRoot"] is True
    assert pod["runAsUser"] > 0
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"sysctls", "seLinuxOptions", "windowsOptions"} & pod.keys()
    kinds = {kind for volume in POD["volumes"] for kind in volume if kind != "name"}
    assert kinds <= {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }


def test_the_pod_writes_only_to_its_volume() -> None:
    """The root is read-only; the one folder that can be written is the one that the image keeps its state in."""
    mounts = {mount["name"]: mount for mount in CONTAINER["volumeMounts"]}
    image = (DEPLOY.parent / "Dockerfile").read_text(encoding="utf-8")

    assert CONTAINER["securityContext"]["readOnlyRootFilesystem"] is True
    assert [name for name, mount in mounts.items() if not mount.get("readOnly")] == ["state"]
    assert f"STATE_DIRECTORY={mounts['state']['mountPath']}" in image
    assert f"USER {POD['securityContext']['runAsUser']}:{POD['securityContext']['fsGroup']}" in image


def test_nobody_holds_a_right_in_the_cluster() -> None:
    """The pod has an account of its own, and not even a token of it."""
    assert BASE["ServiceAccount"]["automountServiceAccountToken"] is False
    assert POD["automountServiceAccountToken"] is False
    assert POD["serviceAccountName"] == BASE["ServiceAccount"]["metadata"]["name"]


def test_the_daemon_is_asked_where_it_listens() -> None:
    """Probes, service, policy and monitor lead to its port; alive and ready are asked at their own addresses."""
    _, port = Settings(monitor_listen=VARIABLES["MONITOR_LISTEN"]).monitor_listen
    (opened,) = CONTAINER["ports"]

    assert opened["containerPort"] == port
    paths = {
        probe: CONTAINER[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert paths == {"startupProbe": "/-/healthy", "livenessProbe": "/-/healthy", "readinessProbe": "/-/ready"}
    names = [
        *(CONTAINER[probe]["httpGet"]["port"] for probe in paths),
        BASE["Service"]["spec"]["ports"][0]["targetPort"],
        BASE["NetworkPolicy"]["spec"]["ingress"][0]["ports"][0]["port"],
        BASE["PodMonitor"]["spec"]["podMetricsEndpoints"][0]["port"],
    ]
    assert set(names) == {opened["name"]}


def test_prometheus_names_the_job_as_the_alerts_do() -> None:
    """The operator takes the job's name from a label of the pod."""
    assert BASE["PodMonitor"]["spec"]["jobLabel"] in LABELS
    assert LABELS[BASE["PodMonitor"]["spec"]["jobLabel"]] == "budget-monitor"


def test_the_policy_lets_out_what_the_daemon_needs() -> None:
    """Names, HTTPS for the API and channels, mail; and in comes Prometheus alone."""
    spec = BASE["NetworkPolicy"]["spec"]

    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert {port["port"] for rule in spec["egress"] for port in rule["ports"]} == {53, 443, 465, 587}
    assert [rule["from"] for rule in spec["ingress"]] == [
        [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app.kubernetes.io/name": "prometheus"}}}]
    ]


def test_the_daemon_finds_its_rules_and_its_key(tmp_path: Path) -> None:
    """With the Secret laid out as Kubernetes does, the example's rules load with the key of its file."""
    mounts = {mount["name"]: mount["mountPath"] for mount in CONTAINER["volumeMounts"]}
    secrets = dict(line.split("=") for line in (FOLDER / "example" / "secrets.env").read_text().splitlines())
    for name, value in secrets.items():
        (tmp_path / name).write_text(value)

    book = loads(
        (FOLDER / "example" / "rules.toml").read_bytes(),
        lookup({"CREDENTIALS_DIRECTORY": str(tmp_path)}, tmp_path / "nowhere"),
    )

    assert book.environments[0].api_key.get_secret_value() == secrets["RESPAN_API_KEY"]
    assert VARIABLES["CREDENTIALS_DIRECTORY"] == mounts["secrets"]
    assert VARIABLES["MONITOR_RULES"] == f"{mounts['rules']}/rules.toml"
