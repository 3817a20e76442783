"""Images as documents and blobs, for registries and layouts; the evil ones by changing what the builder would write."""

import dataclasses
import hashlib
import json
import pathlib
from collections.abc import Callable
from typing import Any

from . import archive
from .archive import Tar

OCI = "application/vnd.oci.image."
DOCKER = "application/vnd.docker."
INDEX = OCI + "index.v1+json"
MANIFEST = OCI + "manifest.v1+json"
DOCKER_LIST = DOCKER + "distribution.manifest.list.v2+json"
DOCKER_MANIFEST = DOCKER + "distribution.manifest.v2+json"
LAYER = OCI + "layer.v1.tar"
DOCKER_LAYER = DOCKER + "image.rootfs.diff.tar"

Document = dict[str, Any]


def digest(contents: bytes) -> str:
    return "sha256:" + hashlib.sha256(contents).hexdigest()


@dataclasses.dataclass
class Layer:
    """A blob with what its descriptor and the config say about it; `edit` makes the descriptor lie."""

    plain: bytes
    blob: bytes
    media_type: str
    diff_id: str = ""
    edit: Document = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        self.diff_id = self.diff_id or digest(self.plain)

    @property
    def descriptor(self) -> Document:
        return {"mediaType": self.media_type, "digest": digest(self.blob), "size": len(self.blob), **self.edit}


def layer(tar: Tar | bytes, compression: str = "gzip", docker: bool = False, **edit: Any) -> Layer:
    plain = tar.bytes() if isinstance(tar, Tar) else tar
    if docker:
        suffix = {"gzip": ".gzip", "zstd": ".zstd", "": ""}[compression]
    else:
        suffix = {"gzip": "+gzip", "zstd": "+zstd", "": ""}[compression]
    blob = {"gzip": archive.gzip, "zstd": archive.zstd, "": bytes}[compression](plain)
    return Layer(plain, blob, (DOCKER_LAYER if docker else LAYER) + suffix, edit=edit)


@dataclasses.dataclass
class Image:
    """A manifest and everything it leads to. What is given replaces what would be right."""

    layers: list[Layer]
    config: Document = dataclasses.field(default_factory=lambda: {"Cmd": ["/probe", "wait"]})
    docker: bool = False
    architecture: str = "amd64"
    system: str = "linux"
    edit_config: Callable[[Document], Any] = lambda document: None
    edit_manifest: Callable[[Document], Any] = lambda document: None

    def __post_init__(self) -> None:
        config = {
            "architecture": self.architecture,
            "os": self.system,
            "config": self.config,
            "rootfs": {"type": "layers", "diff_ids": [each.diff_id for each in self.layers]},
        }
        self.edit_config(config)
        self.config_blob = json.dumps(config).encode()
        manifest = {
            "schemaVersion": 2,
            "mediaType": DOCKER_MANIFEST if self.docker else MANIFEST,
            "config": {
                "mediaType": DOCKER + "container.image.v1+json" if self.docker else OCI + "config.v1+json",
                "digest": digest(self.config_blob),
                "size": len(self.config_blob),
            },
            "layers": [each.descriptor for each in self.layers],
        }
        self.edit_manifest(manifest)
        self.media_type = manifest.get("mediaType", MANIFEST)
        self.manifest = json.dumps(manifest).encode()
        self.digest = digest(self.manifest)

    @property
    def id(self) -> str:
        return digest(self.config_blob)

    @property
    def blobs(self) -> dict[str, bytes]:
        """Config and layers, by the digest the manifest names (which an evil one's bytes need not have)."""
        found = {self.id: self.config_blob}
        return found | {each.edit.get("digest", digest(each.blob)): each.blob for each in self.layers}

    @property
    def descriptor(self) -> Document:
        platform = {"architecture": self.architecture, "os": self.system}
        return {"mediaType": self.media_type, "digest": self.digest, "size": len(self.manifest), "platform": platform}

    @property
    def layer_names(self) -> list[str]:
        """The names of the layers' directories in podrun's store: the first 24 digits of each chain ID."""
        names, chain = [], ""
        for each in self.layers:
            chain = digest(f"{chain} {each.diff_id}".encode()) if chain else each.diff_id
            names.append(chain.removeprefix("sha256:")[:24])
        return names


@dataclasses.dataclass
class Index:
    """A list of images by platform; of plain descriptors where a test wants more control."""

    images: list[Image]
    docker: bool = False
    descriptors: list[Document] | None = None
    edit: Callable[[Document], Any] = lambda document: None

    def __post_init__(self) -> None:
        self.media_type = DOCKER_LIST if self.docker else INDEX
        entries = [image.descriptor for image in self.images] if self.descriptors is None else self.descriptors
        document = {"schemaVersion": 2, "mediaType": self.media_type, "manifests": entries}
        self.edit(document)
        self.manifest = json.dumps(document).encode()
        self.digest = digest(self.manifest)


def write_layout(directory: pathlib.Path, image: Image, name: str) -> pathlib.Path:
    blobs = directory / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    for each, contents in {**image.blobs, image.digest: image.manifest}.items():
        (blobs / each.removeprefix("sha256:")).write_bytes(contents)
    entry = {**image.descriptor, "annotations": {"org.opencontainers.image.ref.name": name}}
    (directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return directory
