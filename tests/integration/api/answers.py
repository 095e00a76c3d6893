"""What an answer of the API must be."""

from __future__ import annotations

import json


def json_of(response, status=200):
    """The JSON of an answer with this status."""
    assert response.status_code == status, (response.status_code, response.content)
    assert response["Content-Type"].startswith("application/json")
    return response.json()


def problem_of(response, status):
    """The problem document of an answer with this status."""
    assert response.status_code == status, (response.status_code, response.content)
    assert response["Content-Type"] == "application/problem+json"
    problem = json.loads(response.content)
    assert set(problem) - {"errors"} == {"type", "title", "status", "detail"}
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    return problem


def wrong_fields(response):
    """The names of the fields that a 422 complains about."""
    return set(problem_of(response, 422)["errors"])
