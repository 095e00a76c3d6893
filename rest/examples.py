"""Examples for the OpenAPI document, made of its schemas: a field's own example where it has one, else what fits."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

REFERENCE = "#/components/schemas/"
# Of an operation while the document is made: fields its answer shows otherwise than its schema's example, and whether
# it has an ETag.
ANSWER = "x-answer"
TAGGED = "x-tagged"
BY_FORMAT: dict[str, Any] = {
    "uuid": "019ab60f-9d01-7bb2-8c3a-6a5b4c3d2e1f",
    "date-time": "2026-01-31T12:00:00.000000Z",
    "date": "2026-01-31",
    "email": "ana@ribera.example",
    "uri": "https://hooks.example.com/erp",
}
BY_TYPE: dict[str, Any] = {"string": "text", "integer": 1, "number": 1.0, "boolean": True, "null": None}


MOMENT = BY_FORMAT["date-time"]


def answering(**fields: Any) -> Json:
    """`openapi_extra` of an operation after which these fields of the thing are so."""
    return {ANSWER: fields}


def tagged(**fields: Any) -> Json:
    """`openapi_extra` of an operation whose answer has an ETag."""
    return {TAGGED: True, ANSWER: fields}


def example_of(schema: Json, schemas: Json, *, sparse: bool = False) -> Any:
    """A value that fits `schema`; `sparse` leaves out optional fields without an example, as a caller would."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].removeprefix(REFERENCE)], schemas, sparse=sparse)
    for given in ("examples", "enum"):
        if given in schema:
            return schema[given][0]
    for given in ("example", "const"):
        if given in schema:
            return schema[given]
    for union in ("anyOf", "oneOf", "allOf"):
        if union in schema:
            return example_of(schema[union][0], schemas, sparse=sparse)
    return _by_type(schema, schemas, sparse)


def _by_type(schema: Json, schemas: Json, sparse: bool) -> Any:
    kind = schema.get("type")
    if kind == "object":
        required = schema.get("required", ())
        return {
            name: example_of(field, schemas, sparse=sparse)
            for name, field in schema.get("properties", {}).items()
            if not sparse or name in required or _has_example(field)
        }
    if kind == "array":
        return [example_of(schema.get("items", {}), schemas, sparse=sparse)]
    if "default" in schema:
        return schema["default"]
    return BY_FORMAT.get(schema.get("format", ""), BY_TYPE.get(kind or "", {}))


def _has_example(field: Json) -> bool:
    options = [field, *field.get("anyOf", ())]
    return any("examples" in option or "example" in option for option in options)
