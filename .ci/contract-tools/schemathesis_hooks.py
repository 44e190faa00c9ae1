"""Teaches schemathesis the parts of the contract that schemas cannot express.

The check `positive_data_acceptance` is replaced by one that knows the rules across fields of `x-models`. The hooks edit a case
before it is sent; schemathesis validates an edited case again, so an invalid case stays invalid.
"""

import re

import schemathesis
import yaml
from schemathesis.specs.openapi.checks import positive_data_acceptance

with open("openapi.yaml", encoding="utf-8") as file:
    MODELS = yaml.safe_load(file)["x-models"]
ROWS = {name: row for model, row in MODELS.items() for name in (model, *row.get("aliases", []))}

# White space of ECMAScript, as in the contract's patterns; Python's differs.
URL = re.compile("^https?://[^\\t-\\r \\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff]+$")


def with_plain_urls(value):
    """Replaces generated URLs: most hosts that match the contract's pattern are not valid in a URL."""
    if isinstance(value, str) and URL.match(value):
        return "https://example.com/reference.png"
    if isinstance(value, list):
        return [with_plain_urls(item) for item in value]
    if isinstance(value, dict) and isinstance(value.get("url"), str):
        return {**value, "url": with_plain_urls(value["url"])}
    return value


@schemathesis.hook
def before_call(context, case, kwargs):
    body = case.body
    if not isinstance(body, dict):
        return
    # A callback URL is valid only if the key has a webhook.
    body.pop("callback_url", None)
    for field in ("image_urls", "reference_images", "mask_url"):
        if field in body:
            body[field] = with_plain_urls(body[field])
    if case.operation.path == "/v1/uploads/images":
        # A schema cannot describe an image. This is the header of one, followed by text.
        if isinstance(body.get("file"), str):
            body["file"] = "GIF89a" + body["file"]
        # Part names that a form cannot encode.
        for name in [name for name in body if not re.fullmatch("[a-z_]+", name)]:
            del body[name]


def at(body, path):
    for name in path.split("."):
        body = body.get(name) if isinstance(body, dict) else None
    return body


def breaks(rule, body):
    if rule["rule"] == "sum_max":
        values = [at(body, field) for field in rule["fields"]]
        counts = [len(value) if isinstance(value, list) else value for value in values]
        return sum(count for count in counts if isinstance(count, (int, float))) > rule["max"]
    when = rule.get("when", {})
    if not all(str(at(body, field)).lower() in map(str.lower, values) for field, values in when.items()):
        return False
    if rule["rule"] == "requires":
        return not at(body, rule["field"])
    if rule["rule"] == "only_sizes":
        return at(body, "size") not in rule["sizes"]
    if rule["rule"] == "pixel_bounds":
        size = re.fullmatch(r"(\d+)x(\d+)", str(at(body, rule["field"])))
        width, height = map(int, size.groups()) if size else (1, 1)
        return size and not (
            rule["min_area"] <= width * height <= rule["max_area"]
            and max(width, height) <= rule["max_ratio"] * min(width, height)
        )
    raise ValueError(f"unknown rule in openapi.yaml: {rule}")


@schemathesis.check
def valid_data_is_accepted(ctx, response, case):
    body = case.body if isinstance(case.body, dict) else {}
    rules = ROWS.get(body.get("model"), {}).get("rules", []) if isinstance(body.get("model"), str) else []
    if not any(breaks(rule, body) for rule in rules):
        return positive_data_acceptance(ctx, response, case)
