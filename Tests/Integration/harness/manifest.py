"""Short ways to write the pods of the tests."""

from typing import Any

IMAGE = "podrun-test:1"


def container(name: str, *command: str, image: str = IMAGE, **fields: Any) -> dict[str, Any]:
    """A container that runs `command` instead of what the image says; without one, the image's own."""
    result: dict[str, Any] = {"name": name, "image": image, **fields}
    if command:
        result["command"] = list(command)
    return result


def pod(name: str, *containers: dict[str, Any], metadata: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """A pod that leaves quickly (grace 1) unless the spec says otherwise."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, **(metadata or {})},
        "spec": {"terminationGracePeriodSeconds": 1, **spec, "containers": list(containers)},
    }


def waiting_pod(name: str, **spec: Any) -> dict[str, Any]:
    """One container named `app` that waits for SIGTERM."""
    return pod(name, container("app", "/probe", "wait"), **spec)


def states(pod_object: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """container name -> containerStatus, init containers too."""
    status = pod_object.get("status", {})
    return {entry["name"]: entry for field in ("initContainerStatuses", "containerStatuses") for entry in status.get(field) or []}
