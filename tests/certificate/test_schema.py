"""The published JSON Schema describes what is written, and refuses what is not."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fixtures_networks import cube_stuart_landau, linear_centre

import saturode_verify as sv
from saturode_verify.certificate.shape import SHAPES
from saturode_verify.curves import curve_certificate

jsonschema = pytest.importorskip("jsonschema")
SCHEMA = json.loads((Path(sv.__file__).parent / "certificate" / "schema.json").read_text())


@cache
def documents() -> list[dict[str, Any]]:
    cube = cube_stuart_landau()
    asked = {
        "delta": "0.5",
        "period": "[6,7]",
        "eta": "1",
        "require": ["sup_jacobian_norm <= 90", "sup_divergence < 0"],
    }
    certificates = [
        sv.verify(cube, ["[-1,1]^2", "[1,2]x[0,1]"], rtol="0.2", **asked),
        sv.verify(linear_centre(), "[1,2]^2"),
        sv.prove_orbit(cube, near=[1, 0]),
        sv.prove_orbit(cube, near=[0, 0]),
        curve_certificate(cube, "stuart-landau"),
    ]
    return [json.loads(certificate.to_json()) for certificate in certificates]


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert set(SCHEMA["$defs"]["claim"]["properties"]["name"]["enum"]) == set(SHAPES)


def test_certificates_are_valid() -> None:
    for document in documents():
        jsonschema.validate(document, SCHEMA)
    names = {claim["name"] for document in documents() for claim in document["claims"]}
    assert names == set(SHAPES)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["version"], 2),
        (["claims", 0, "name"], "riemann"),
        (["claims", 0, "status"], "certain"),
        (["claims", 0, "extra"], 1),
        (["region", 0, 0, "lower"], 0.5),
        (["region", 0, 0, "lower"], "0.5"),
        (["model", "sha256"], "abc"),
        (["witness", 0, "subdivision"], []),
        (["sha256"], None),
    ],
)
def test_what_no_certificate_holds_is_invalid(path: list, value: object) -> None:
    document = json.loads(json.dumps(documents()[0]))
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)
