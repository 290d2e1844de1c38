"""The store contract is a sound OpenAPI document: other platforms implement it from the text."""

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    text = files("ponte_sandbox.store").joinpath("contract.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def operations(contract: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in contract["paths"].items():
        for method in ("get", "put", "post", "delete"):
            if method in item:
                yield method, path, item[method]


def test_the_contract_is_valid_openapi_3_1(contract: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(contract).validate()


def test_every_operation_is_named_and_says_how_it_fails(contract: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(contract)]
    assert len(names) == len(set(names)) == 15
    for method, path, operation in operations(contract):
        assert "default" in operation["responses"], f"{method} {path} says nothing of failures"
        if path.startswith("/api/"):
            assert "401" in operation["responses"], f"{method} {path} needs a token"


def test_every_example_obeys_its_schema(contract: dict[str, Any]) -> None:
    checked = 0
    for schema in contract["components"]["schemas"].values():
        for example in [
            *schema.get("examples", []),
            *([schema["example"]] if "example" in schema else []),
        ]:
            rooted = {**schema, "components": contract["components"]}
            OAS31Validator(rooted).validate(example)
            checked += 1
    for response in contract["components"]["responses"].values():
        for media in response.get("content", {}).values():
            if "example" in media:
                rooted = {**media["schema"], "components": contract["components"]}
                OAS31Validator(rooted).validate(media["example"])
                checked += 1
    assert checked > 15


def test_money_is_never_a_number(contract: dict[str, Any]) -> None:
    money = contract["components"]["schemas"]["Money"]
    assert money["type"] == "string"
    assert re.search(money["pattern"], "129.90")
    assert not re.search(money["pattern"], "129.9")
