//! The contract is well made, and each rule of the linter bites.

use std::collections::BTreeSet;

use xtask::spec::document::Document;
use xtask::spec::lint::{RULES, Report, lint, render};

fn yaml() -> String {
    std::fs::read_to_string(xtask::cli::workspace_root().join("openapi.yaml")).unwrap()
}

fn hold(text: &str) -> Report {
    lint(&Document::parse(text, "openapi.yaml").unwrap())
}

/// The rule, what is changed, into what, and where the finding must be.
#[rustfmt::skip]
const BREACHES: &[(&str, &str, &str, &str)] = &[
    ("A101", "      enum: [pending, queued, submitted, in_progress, completed, failed]\n      x-extensible-enum: true\n", "      enum: [pending, queued, submitted, in_progress, completed, failed]\n", "/components/schemas/TaskStatus"),
    ("A102", "          description: What a request refers to.\n          type: string\n", "          description: What a request refers to.\n          type: string\n          format: uri\n", "/components/schemas/UploadedImage/properties/url/format"),
    ("A103", "      description: The models that a key may use.\n      type: object\n", "      description: The models that a key may use.\n      type: object\n      additionalProperties: false\n", "/components/schemas/ModelList/additionalProperties"),
    ("A104", "        '400':\n          $ref: '#/components/responses/UploadRefused'\n", "        '202':\n          $ref: '#/components/responses/UploadRefused'\n        '400':\n          $ref: '#/components/responses/UploadRefused'\n", "/paths/~1v1~1uploads~1images/post/responses"),
    ("D101", "openapi: 3.0.3", "openapi: 3.0.2", "/openapi"),
    ("D102", "maxLength: 1000", "maxLenght: 1000", "/components/schemas/ShortPrompt/maxLenght"),
    ("D103", "operationId: getKeyBalance", "operationId: get_key_balance", "/paths/~1v1~1balance/get"),
    ("D104", "x-rate-limit: async_query", "x-rate-limit: async_queries", "/paths/~1v1~1images~1generations~1{task_id}/get/x-rate-limit"),
    ("D105", "  result_seconds: 86400\n  source: docs\n", "  result_seconds: 86400\n  source: hearsay\n", "/x-lifetimes/source"),
    ("D106", "    Quality:\n", "    Unused:\n      type: string\n      example: a\n    Quality:\n", "/components/schemas/Unused"),
    ("D107", "        - name: task_id\n          in: path\n", "        - name: task\n          in: path\n", "/paths/~1v1~1images~1generations~1{task_id}/get"),
    ("E101", "      enum: [low, medium, high]\n      example: high", "      enum: [low, medium, high]\n      example: highest", "/components/schemas/Quality/example"),
    ("E102", "      enum: [low, medium, high]\n      example: high\n", "      enum: [low, medium, high]\n", "/components/schemas/Quality"),
    ("G101", "      type: integer\n      minimum: 0\n      maximum: 100\n", "      type: integer\n      minimum: 100\n      maximum: 100\n", "/components/schemas/OutputCompression/maximum"),
    ("G102", "      x-default: 1k\n", "      default: 1k\n", "/components/schemas/GptResolution/default"),
    ("G103", "enum: [1k, 2k, 4k]", "enum: [1k, 2k, 4k, 4K]", "/components/schemas/GptResolution/enum"),
    ("G104", "      oneOf:\n        - $ref: '#/components/schemas/HttpUrl'\n        - $ref: '#/components/schemas/ReferenceObject'\n", "      anyOf:\n        - $ref: '#/components/schemas/HttpUrl'\n        - $ref: '#/components/schemas/ReferenceObject'\n", "/components/schemas/Reference/anyOf/0"),
    ("G105", "      description: A request for an edit.", "      discriminator: {propertyName: model}\n      description: A request for an edit.", "/components/schemas/EditRequest/discriminator"),
    ("G106", "          in: query\n", "          in: cookie\n", "/paths/~1v1~1models/get/parameters/0"),
    ("G108", "  /v1/models:\n    get:\n", "  /v1/models:\n    trace:\n      operationId: traceModels\n      responses: {}\n    get:\n", "/paths/~1v1~1models/trace"),
    ("G109", "      operationId: listModels\n", "      operationId: listModels\n      servers: [{url: 'https://example.com'}]\n", "/paths/~1v1~1models/get/servers"),
    ("G110", "          in: query\n", "          in: query\n          style: pipeDelimited\n", "/paths/~1v1~1models/get/parameters/0"),
    ("G107", "      type: integer\n      minimum: 0\n      maximum: 100\n      example: 80\n", "      type: integer\n      minimum: 0\n      maximum: 100\n      multipleOf: 5\n      example: 80\n", "/components/schemas/OutputCompression"),
    ("M101", "          enum: [gpt-image-2-vip]\n", "          enum: [gpt-image-2-vip, gpt-image-2]\n", "/components/schemas/GptImage2VipRequest/properties/model"),
    ("M102", "    aliases: [nano-banana-2-official]\n", "    aliases: []\n", "/components/schemas/Gemini31FlashOfficialRequest/properties/model/enum"),
    ("M103", "        submitted: { final: false, source: docs }\n", "", "/components/schemas/TaskStatus/enum"),
    ("M105", "      enum: ['1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3']\n", "      enum: ['1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3', '5:2']\n", "/components/schemas/SevenRatios/enum/7"),
    ("M104", "code: payment_required,", "code: insufficient_quota,", "/x-errors/6"),
];

#[test]
fn the_contract_keeps_all_rules() {
    let report = hold(&yaml());
    assert!(report.findings.is_empty(), "{}", render(&report, false));
}

#[test]
fn each_rule_finds_its_breach_at_its_place() {
    let yaml = yaml();
    for (code, from, to, pointer) in BREACHES {
        assert!(
            yaml.contains(from),
            "{code}: openapi.yaml has no `{from}` to change"
        );
        let report = hold(&yaml.replacen(from, to, 1));
        let mut found = report
            .findings
            .iter()
            .filter(|finding| finding.code == *code);
        assert!(
            found.any(|finding| finding.pointer == *pointer),
            "{code} is not found at {pointer}:\n{}",
            render(&report, false)
        );
    }
}

#[test]
fn each_rule_has_a_breach_that_proves_it() {
    let proven: BTreeSet<&str> = BREACHES.iter().map(|(code, ..)| *code).collect();
    let rules: BTreeSet<&str> = RULES.iter().map(|rule| rule.code).collect();
    assert_eq!(proven, rules);
    assert_eq!(rules.len(), RULES.len(), "a code is there twice");
}

#[test]
fn a_finding_tells_its_line_and_column_why_and_what_to_do() {
    let text = yaml().replacen("maxLength: 1000", "maxLenght: 1000", 1);
    let line = 1 + text
        .lines()
        .position(|line| line.contains("maxLenght"))
        .unwrap();
    let told = render(&hold(&text), false);
    let start = format!(
        "openapi.yaml:{line}:7: D102 `maxLenght` means nothing here\n    at /components/schemas/ShortPrompt/maxLenght\n    why: "
    );
    assert!(told.starts_with(&start), "{told}");
    assert!(told.contains("    mend: "), "{told}");
}

/// What is told of the contract with one place changed.
fn told(from: &str, to: &str) -> String {
    let yaml = yaml();
    assert!(
        yaml.contains(from),
        "openapi.yaml has no `{from}` to change"
    );
    render(&hold(&yaml.replacen(from, to, 1)), false)
}

#[test]
fn a_constraint_that_the_sdk_would_not_keep_is_told_where_it_stands() {
    let branch = "      description: >-\n        Gemini 2.5 Flash Image by the official channel.\n      type: object\n";
    let quality = "      type: string\n      enum: [low, medium, high]\n";
    for (from, to, said) in [
        (
            branch.to_owned(),
            format!("{branch}      additionalProperties: false\n"),
            "`Gemini25FlashOfficialRequest`: the SDK's rules cannot say `additionalProperties` of type `object`",
        ),
        (
            branch.to_owned(),
            format!("{branch}      minProperties: 3\n"),
            "`Gemini25FlashOfficialRequest`: the SDK's rules cannot say `minProperties` of type `object`",
        ),
        (
            quality.to_owned(),
            format!("{quality}      pattern: '(?!x)'\n"),
            "`Quality`: the SDK cannot read the pattern `(?!x)`",
        ),
        (
            quality.to_owned(),
            "      enum: [low, medium, high]\n".to_owned(),
            "`Quality`: the SDK's rules cannot say `enum` without a type",
        ),
    ] {
        let text = told(&from, &to);
        let line = text.lines().find(|line| line.contains(said));
        let line = line.unwrap_or_else(|| panic!("`{said}` is not in\n{text}"));
        assert!(!line.starts_with("openapi.yaml:1:1:"), "{line}");
    }
    let deprecated = told(quality, &format!("{quality}      deprecated: true\n"));
    assert!(deprecated.contains(" 0 finding(s)"), "{deprecated}");
}

#[test]
fn an_example_that_no_branch_takes_is_told_by_what_the_nearest_says() {
    let text = told(
        "      type: object\n      required: [model, prompt]\n      properties:\n        model:\n          type: string\n          enum: [gemini-2.5-flash-image-official,",
        "      type: object\n      required: [model, prompt, size]\n      properties:\n        model:\n          type: string\n          enum: [gemini-2.5-flash-image-official,",
    );
    assert!(
        text.contains(
            "E101 none of the choices takes it; the nearest: \"size\" is a required property"
        ),
        "{text}"
    );
}

/// The first line with these words is about the first line of the changed contract that begins so.
fn told_at_its_line(from: &str, to: &str, at: &str, said: &str) {
    let text = told(from, to);
    let changed = yaml().replacen(from, to, 1);
    let line = 1 + changed
        .lines()
        .position(|line| line.starts_with(at))
        .unwrap();
    let finding = text.lines().find(|line| line.contains(said));
    let finding = finding.unwrap_or_else(|| panic!("`{said}` is not in\n{text}"));
    assert!(
        finding.starts_with(&format!("openapi.yaml:{line}:")),
        "{line}: {finding}"
    );
}

#[test]
fn numbers_that_no_client_could_keep_are_told_where_they_stand() {
    for (from, to, at, said) in [
        (
            "per_minute: 300, burst: 50,",
            "per_minute: 300, burst: 0,",
            "      async_submit: {",
            "a bucket of nothing, `async_submit`",
        ),
        (
            "    default:\n      async_submit",
            "    basic:\n      async_submit",
            "x-rate-limits:",
            "no group `default`",
        ),
        (
            "interval_seconds: [5, 10]",
            "interval_seconds: [10, 5]",
            "x-polling:",
            "from the shorter to the longer, not 10 to 5",
        ),
        (
            "refused_above_bytes: 10485760",
            "refused_above_bytes: 5000000",
            "x-upload:",
            "the service refuses above 5000000",
        ),
        (
            "    default: true\n",
            "",
            "x-models:",
            "no model is the `default: true`",
        ),
        (
            "    name: GptImage2\n",
            "    name: GptImage2\n    default: true\n",
            "  gpt-image-2:",
            "`Gemini25FlashImagePreview` is it already",
        ),
    ] {
        told_at_its_line(from, to, at, said);
    }
}

#[test]
fn what_no_code_can_be_generated_from_is_told_where_it_stands() {
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
            "`name` is missing",
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
            "`per_minute` is too large: 30000000000",
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
            "x-lifetimes:",
            "`result_seconds` is too large",
        ),
        (
            "enum: [image, video]",
            "enum: [image, video, a b, a-b]",
            "        task_type:",
            "`a b` and `a-b` have one name in Rust, `AB`",
        ),
    ] {
        told_at_its_line(from, to, at, said);
    }
}

/// A field more in the request of the default model.
fn with_field(field: &str) -> String {
    let before = "        client_business_id:\n";
    yaml().replacen(before, &format!("{field}{before}"), 1)
}

fn refused(text: &str, pointer: &str, said: &str) {
    let report = hold(text);
    let is_told = report
        .findings
        .iter()
        .any(|finding| finding.pointer == pointer && finding.message.contains(said));
    assert!(is_told, "{pointer}: {said}\n{}", render(&report, false));
}

#[test]
fn names_that_become_one_in_rust_are_told_where_they_stand() {
    let request = "/components/schemas/Gemini25FlashImageRequest/properties";
    refused(
        &with_field("        image-urls:\n          type: string\n"),
        &format!("{request}/image-urls"),
        "fields of `ImageRequest`: `image-urls` and `image_urls` have one name, `image_urls`",
    );
    refused(
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
        refused(&text, "/paths/~1v1~1balance/get", said);
    }
    let parameter = "        - name: type\n          in: query\n";
    let two = format!(
        "{}{parameter}",
        ["a-b", "a_b"].map(|name| format!("        - name: {name}\n          in: query\n          schema:\n            type: string\n          example: a\n")).concat()
    );
    refused(
        &yaml().replacen(parameter, &two, 1),
        "/paths/~1v1~1models/get",
        "parameters of `list_models`: two of `a_b`",
    );
}

#[test]
fn a_constraint_of_a_field_is_told_where_the_field_stands() {
    let request = "/components/schemas/Gemini25FlashImageRequest/properties";
    for (field, pointer, said) in [
        (
            "        tags:\n          type: array\n          uniqueItems: true\n          items:\n            type: string\n",
            "tags",
            "cannot say `uniqueItems` of type `array`",
        ),
        (
            "        box:\n          type: object\n          properties:\n            side:\n              type: string\n              nullable: true\n",
            "box/properties/side",
            "cannot say `nullable` of type `string`",
        ),
        (
            "        steps:\n          type: integer\n          format: int16\n",
            "steps",
            "`int16` is no format of a whole number that is known here",
        ),
    ] {
        refused(&with_field(field), &format!("{request}/{pointer}"), said);
    }
    refused(
        &with_field("        seed:\n          type: string\n"),
        "/components/schemas/ViduImageRequest/properties/seed",
        "`seed` is of type `integer` here and of type `string` in another branch",
    );
}

#[test]
fn what_says_nothing_more_than_its_type_is_taken() {
    for field in [
        "        a:\n          type: integer\n          format: int32\n          minimum: 0\n          exclusiveMinimum: true\n",
        "        a:\n          type: string\n          format: date-time\n          nullable: false\n",
        "        a:\n          type: object\n          additionalProperties: true\n",
        "        a:\n          description: As there.\n          allOf:\n            - $ref: '#/components/schemas/Quality'\n",
    ] {
        let text = render(&hold(&with_field(field)), false);
        assert!(text.contains(" 0 finding(s)"), "{field}{text}");
    }
}

/// The rule, the place of what is added, and what is said of it.
#[rustfmt::skip]
const PASSED_OVER: &[(&str, &str, &str, &str)] = &[
    ("G106", "/v1/models:", "    parameters: [{name: a, in: cookie, schema: {type: string}, example: a}]", "a parameter in a cookie"),
    ("G108", "paths:", "  /v1/other: {$ref: '#/paths/~1v1~1models'}", "`/v1/other` stands elsewhere"),
    ("G109", "/v1/models:", "    servers: [{url: 'https://example.com'}]", "`servers` that are not the document's"),
    ("G109", "listModels", "      security: [{other: []}, {bearerAuth: [], other: []}]", "`listModels` lets no bearer of a key in"),
    ("G110", "/v1/models:", "    parameters: [{name: a, in: query, style: deepObject, schema: {type: object}, example: {}}]", "`a` of `listModels` is written in the style `deepObject`"),
    ("G110", "/v1/models:", "    parameters: [{name: a, in: query, explode: false, schema: {type: array, items: {}}, example: [a]}]", "`a` of `listModels` is one text of all its items"),
    ("G110", "/v1/models:", "    parameters: [{name: a, in: header, schema: {type: array, items: {}}, example: [a]}]", "`a` of `listModels` is no scalar, and stands in the header"),
    ("G110", "/v1/models:", "    parameters: [{name: Authorization, in: header, schema: {type: string}, example: a}]", "`Authorization` of `listModels` is a header that OpenAPI ignores"),
    ("G110", "/v1/models:", "    parameters: [{name: a, in: query, content: {application/json: {schema: {}, example: a}}}]", "`a` of `listModels` is written as a body of a media type"),
    // What is done as it says is taken.
    ("", "/v1/models:", "    parameters: [{name: a, in: query, explode: false, schema: {type: string}, example: a}, {name: b, in: query, style: form, explode: true, schema: {type: array, items: {type: string}}, example: [a]}]", ""),
    ("", "listModels", "      security: [{other: []}, {bearerAuth: []}]", ""),
    ("", "listModels", "      security: []", ""),
    ("", "listModels", "      servers: []", ""),
];

#[test]
fn what_the_generator_would_pass_over_is_told_and_what_it_keeps_is_taken() {
    let scheme = "  securitySchemes:\n";
    let yaml = yaml().replacen(
        scheme,
        &format!("{scheme}    other: {{type: apiKey, in: header, name: X-Key}}\n"),
        1,
    );
    for (code, behind, added, said) in PASSED_OVER {
        let line = yaml.lines().find(|line| line.trim_end().ends_with(behind));
        let line = line.unwrap_or_else(|| panic!("no line ends with `{behind}`"));
        let report = hold(&yaml.replacen(&format!("{line}\n"), &format!("{line}\n{added}\n"), 1));
        let told: Vec<_> = report
            .findings
            .iter()
            .filter(|finding| finding.code.starts_with('G'))
            .collect();
        let is_as_expected = match told.as_slice() {
            [] => code.is_empty(),
            [finding] => {
                finding.code == *code && finding.message.ends_with(said) && finding.line > 1
            }
            _ => false,
        };
        assert!(is_as_expected, "{added}\n{}", render(&report, false));
    }
}
