"""The hub's OpenAPI documents are sound, and say of every route what there is, and no more."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from ponte_sandbox.common.asgi import Router
from ponte_sandbox.common.faults import FaultBox
from ponte_sandbox.common.storage import Storage
from ponte_sandbox.hub import serve as hub_serve
from ponte_sandbox.hub.assumptions import Assumptions
from ponte_sandbox.hub.documents import ADMINISTRATION, PUBLIC
from ponte_sandbox.hub.marketplace.runs import Marketplace

Document = dict[str, Any]

_METHODS = ("get", "put", "post", "delete", "patch")


@pytest.fixture(scope="module", params=[PUBLIC, ADMINISTRATION])
def name(request: pytest.FixtureRequest) -> str:
    file: str = request.param
    return file


@pytest.fixture(scope="module")
def document(name: str) -> Document:
    text = files("ponte_sandbox.hub").joinpath(name).read_text("utf-8")
    document: Document = yaml.safe_load(text)
    return document


@pytest.fixture(scope="module")
def routers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Router]]:
    """The routers that the hub serves by, of a hub that serves nobody."""
    schema = Path(hub_serve.__file__).with_name("schema.sql").read_text("utf-8")
    storage = Storage(tmp_path_factory.mktemp("hub") / "hub.sqlite", schema)
    faults = FaultBox()
    hub = hub_serve.build_hub(storage, Assumptions(), faults, token_seconds=60)
    gate = hub_serve.build_gate(hub, Marketplace(hub), faults, admin=True)
    assert isinstance(gate._app, Router)
    assert isinstance(gate._admin, Router)
    yield {PUBLIC: gate._app, ADMINISTRATION: gate._admin}
    storage.close()


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def test_it_is_valid_openapi_3_1(document: Document) -> None:
    OpenAPIV31SpecValidator(document).validate()


def test_its_paths_are_the_routes(
    name: str, document: Document, routers: dict[str, Router]
) -> None:
    described = {(method, path) for method, path, _ in operations(document)}
    assert described == routers[name].routes()


def test_every_operation_is_named_once_and_says_how_it_fails(name: str, document: Document) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    tags = {tag["name"] for tag in document["tags"]}
    for method, path, operation in operations(document):
        place = f"{method} {path}"
        answers = set(operation["responses"])
        assert set(operation["tags"]) <= tags, place
        assert "default" not in answers, f"{place}: no answer is left undescribed"
        if name == ADMINISTRATION:
            assert "403" in answers, place
        elif operation.get("security") != []:
            assert {"401", "429"} <= answers, place
        if "requestBody" in operation:
            assert {"400", "413"} <= answers, place


def test_every_public_operation_says_whether_it_is_documented_seen_or_assumed(
    name: str, document: Document
) -> None:
    if name == PUBLIC:
        for method, path, operation in operations(document):
            own = "openapi." in path
            marked = re.search(r"\[[DCA]\]", operation["summary"])
            assert own or marked, f"{method} {path}"


def test_every_example_obeys_its_schema(document: Document) -> None:
    checked = 0
    for schema, example in examples(document):
        rooted = {**schema, "components": document["components"]}
        OAS31Validator(rooted).validate(example)
        checked += 1
    assert checked > 15


def examples(part: Any) -> Iterator[tuple[Document, Any]]:
    """Every example of a schema, a media type or a parameter, with its schema."""
    if isinstance(part, list):
        for each in part:
            yield from examples(each)
    if not isinstance(part, dict):
        return
    schema = part.get("schema", part)
    if "example" in part:
        yield schema, part["example"]
    several = part.get("examples", [])
    for each in several.values() if isinstance(several, dict) else several:
        yield schema, each["value"] if isinstance(several, dict) else each
    for name, each in part.items():
        if name not in ("example", "examples"):
            yield from examples(each)
