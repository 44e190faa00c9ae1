//! Parts of a contract that the generator rejects, or would generate wrong code from.

use toapis_spec::lint::render;

use super::{assert_located, lint_text, yaml};

#[test]
fn generator_error_is_located() {
    for (from, to, at, said) in [
        (
            "    name: GptImage2\n",
            "    name: fn\n",
            "  gpt-image-2:",
            "`fn` is not a Rust name",
        ),
        (
            "    name: GptImage2\n",
            "",
            "  gpt-image-2:",
            "`` is not a Rust name",
        ),
        (
            "    name: GptImage2\n",
            "    name: Gpt4oImage\n",
            "x-models:",
            "`gpt-4o-image` and `gpt-image-2` have one name in Rust, `Gpt4oImage`",
        ),
        (
            "name: Landscape16x9",
            "name: Square",
            "x-sizes:",
            "have one name in Rust, `Square`",
        ),
        (
            "width: 1792, height: 1024",
            "width: 1792, height: 0",
            "  '16:9':",
            "a size without area",
        ),
        (
            "per_minute: 300,",
            "per_minute: 30000000000,",
            "      async_submit: {",
            "invalid value: integer `30000000000`, expected u32",
        ),
        (
            "code: payment_required, kind: quota,",
            "code: payment_required, kind: '402',",
            "  - { status: 402, code: payment_required",
            "`402` is not a Rust name",
        ),
        (
            "result_seconds: 86400",
            "result_seconds: 18446744073709551615",
            "  result_seconds:",
            "invalid value: integer `18446744073709551615`, expected u32",
        ),
        (
            "enum: [image, video]",
            "enum: [image, video, a b, a-b]",
            "        task_type:",
            "`a b` and `a-b` have one name in Rust, `AB`",
        ),
    ] {
        assert_located(from, to, at, said);
    }
}

/// Returns the contract with another field in the request of the default model.
fn with_field(field: &str) -> String {
    let before = "        client_business_id:\n";
    yaml().replacen(before, &format!("{field}{before}"), 1)
}

fn assert_finding(text: &str, pointer: &str, said: &str) {
    let report = lint_text(text);
    let is_found = report
        .findings
        .iter()
        .any(|finding| finding.pointer == pointer && finding.message.contains(said));
    assert!(is_found, "{pointer}: {said}\n{}", render(&report, false));
}

#[test]
fn colliding_rust_names_are_located() {
    let request = "/components/schemas/Gemini25FlashImageRequest/properties";
    assert_finding(
        &with_field("        image-urls:\n          type: string\n"),
        &format!("{request}/image-urls"),
        "fields of `ImageRequest`: `image-urls` and `image_urls` have one name, `image_urls`",
    );
    assert_finding(
        &with_field("        extra:\n          type: string\n"),
        &format!("{request}/extra"),
        "fields of `ImageRequest`: two of `extra`",
    );
    for (id, said) in [
        (
            "createImageRequest",
            "functions: two of `create_image_request`",
        ),
        ("client", "`client` is a function that every client has"),
        (
            "newWithClient",
            "`newWithClient` is a function that every client has",
        ),
    ] {
        let text = yaml().replacen(
            "operationId: getKeyBalance",
            &format!("operationId: {id}"),
            1,
        );
        assert_finding(&text, "/paths/~1v1~1balance/get", said);
    }
    let parameter = "        - name: type\n          in: query\n";
    let two = format!(
        "{}{parameter}",
        ["a-b", "a_b"].map(|name| format!("        - name: {name}\n          in: query\n          schema:\n            type: string\n          example: a\n")).concat()
    );
    assert_finding(
        &yaml().replacen(parameter, &two, 1),
        "/paths/~1v1~1models/get",
        "parameters of `list_models`: two of `a_b`",
    );
}

#[test]
fn unsupported_field_constraint_is_located() {
    let request = "/components/schemas/Gemini25FlashImageRequest/properties";
    for (field, pointer, said) in [
        (
            "        tags:\n          type: array\n          uniqueItems: true\n          items:\n            type: string\n",
            "tags",
            "do not support `uniqueItems` of type `array`",
        ),
        (
            "        box:\n          type: object\n          properties:\n            side:\n              type: string\n              nullable: true\n",
            "box/properties/side",
            "do not support `nullable` of type `string`",
        ),
        (
            "        steps:\n          type: integer\n          format: int16\n",
            "steps",
            "`int16` is not a known integer format",
        ),
    ] {
        assert_finding(&with_field(field), &format!("{request}/{pointer}"), said);
    }
    assert_finding(
        &with_field("        seed:\n          type: string\n"),
        "/components/schemas/ViduImageRequest/properties/seed",
        "`seed` is of type `integer` here and of type `string` in another branch",
    );
}

#[test]
fn redundant_constraint_is_accepted() {
    for field in [
        "        a:\n          type: integer\n          format: int32\n          minimum: 0\n          exclusiveMinimum: true\n",
        "        a:\n          type: string\n          format: date-time\n          nullable: false\n",
        "        a:\n          type: object\n          additionalProperties: true\n",
        "        a:\n          description: As there.\n          allOf:\n            - $ref: '#/components/schemas/Quality'\n",
    ] {
        let text = render(&lint_text(&with_field(field)), false);
        assert!(text.contains(" 0 finding(s)"), "{field}{text}");
    }
}

/// The code of the rule, the text before the addition, the addition, and the message.
#[rustfmt::skip]
const PASSED_OVER: &[(&str, &str, &str, &str)] = &[
    ("G106", "/v1/models:", "    parameters: [{name: a, in: cookie, schema: {type: string}, example: a}]", "a parameter in a cookie"),
    ("G108", "paths:", "  /v1/other: {$ref: '#/paths/~1v1~1models'}", "`/v1/other` is a reference"),
    ("G109", "/v1/models:", "    servers: [{url: 'https://example.com'}]", "`servers` that are not the document's"),
    ("G109", "listModels", "      security: [{other: []}, {bearerAuth: [], other: []}]", "`listModels` lets no bearer of a key in"),
    ("G110", "/v1/models:", "    parameters: [{name: a, in: query, style: deepObject, schema: {type: object}, example: {}}]", "`a` of `listModels` is written in the style `deepObject`"),
    ("G110", "/v1/models:", "    parameters: [{name: a, in: query, explode: false, schema: {type: array, items: {}}, example: [a]}]", "`a` of `listModels` is one text of all its items"),
    ("G110", "/v1/models:", "    parameters: [{name: a, in: header, schema: {type: array, items: {}}, example: [a]}]", "`a` of `listModels` is not a scalar, but in the header"),
    ("G110", "/v1/models:", "    parameters: [{name: Authorization, in: header, schema: {type: string}, example: a}]", "`Authorization` of `listModels` is a header that OpenAPI ignores"),
    ("G110", "/v1/models:", "    parameters: [{name: a, in: query, content: {application/json: {schema: {}, example: a}}}]", "`a` of `listModels` is written as a body of a media type"),
    // What is done as it says is taken.
    ("", "/v1/models:", "    parameters: [{name: a, in: query, explode: false, schema: {type: string}, example: a}, {name: b, in: query, style: form, explode: true, schema: {type: array, items: {type: string}}, example: [a]}]", ""),
    ("", "listModels", "      security: [{other: []}, {bearerAuth: []}]", ""),
    ("", "listModels", "      security: []", ""),
    ("", "listModels", "      servers: []", ""),
];

#[test]
fn ignored_keywords_are_reported_and_supported_ones_accepted() {
    let scheme = "  securitySchemes:\n";
    let yaml = yaml().replacen(
        scheme,
        &format!("{scheme}    other: {{type: apiKey, in: header, name: X-Key}}\n"),
        1,
    );
    for (code, behind, added, said) in PASSED_OVER {
        let line = yaml.lines().find(|line| line.trim_end().ends_with(behind));
        let line = line.unwrap_or_else(|| panic!("no line ends with `{behind}`"));
        let report =
            lint_text(&yaml.replacen(&format!("{line}\n"), &format!("{line}\n{added}\n"), 1));
        let found: Vec<_> = report
            .findings
            .iter()
            .filter(|finding| finding.code.starts_with('G'))
            .collect();
        let is_as_expected = match found.as_slice() {
            [] => code.is_empty(),
            [finding] => {
                finding.code == *code && finding.message.ends_with(said) && finding.line > 1
            }
            _ => false,
        };
        assert!(is_as_expected, "{added}\n{}", render(&report, false));
    }
}

/// An operation with a request body of its own schema.
const OPERATION: &str = "  /v1/other:
    post:
      operationId: makeOther
      tags: [images]
      summary: Make another
      description: Makes another.
      x-safe-to-repeat: false
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/OtherRequest'}}}}
      responses: {'204': {description: Made.}}
";

fn with_body(schema: &str) -> String {
    let (path, component) = ("  /v1/models:\n", "    ResultImage:\n");
    yaml()
        .replacen(path, &format!("{OPERATION}{path}"), 1)
        .replacen(
            component,
            &format!("    OtherRequest: {schema}\n{component}"),
            1,
        )
}

#[test]
fn request_of_any_shape_is_accepted_or_located() {
    for schema in [
        "{type: object, properties: {a: {type: string}}}",
        "{type: object}",
        "{type: object, nullable: true, properties: {a: {type: string}}}",
        "{type: object, additionalProperties: {type: string}}",
        "{type: array, items: {type: string}}",
        "{type: string}",
        "{type: string, enum: [a, b]}",
        "{type: integer}",
        "{allOf: [{$ref: '#/components/schemas/Metadata'}, {type: object, properties: {a: {type: string}}}]}",
        "{oneOf: [{type: object, properties: {a: {type: string}}}, {type: object, properties: {b: {type: string}}}]}",
    ] {
        let report = lint_text(&with_body(schema));
        let mut findings = report.findings.iter();
        let is_found = findings.any(|finding| finding.code.starts_with(['G', 'M']));
        assert!(!is_found, "{schema}\n{}", render(&report, false));
    }
    let object = "{type: object, properties: {a: {type: string}}}";
    for other in [
        "{type: string}",
        "{allOf: [{$ref: '#/components/schemas/ThinkingConfig'}], properties: {b: {type: string}}}",
    ] {
        assert_finding(
            &with_body(&format!("{{oneOf: [{object}, {other}]}}")),
            "/components/schemas/OtherRequest/oneOf/1",
            "a branch of a request: one struct has the fields of all branches",
        );
    }
}
