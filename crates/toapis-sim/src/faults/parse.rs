//! Parses the language of faults.

use std::time::Duration;

use http::StatusCode;

use super::{
    Action, FaultError, MissingUntil, ResetPoint, Rule, Scope,
    arguments::Arguments,
    lexer::statements,
    presets,
    values::{
        at_least_one, duration, list, location, missing_until, number, percent, range, size,
        status, times,
    },
};
use crate::operation::Operation;

/// The maximum number of rules; every request is matched against every rule.
const MAX_RULES: usize = 1_000;

/// Parses any number of rules.
pub(crate) fn parse(text: &str) -> Result<Vec<Rule>, FaultError> {
    let mut rules = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        for words in statements(content) {
            let shown = words.join(" ");
            let fail = |message: String| FaultError::new(line, &shown, message);
            if words[0] == "preset" {
                let [_, name] = words.as_slice() else {
                    return Err(fail("`preset` takes one name".to_owned()));
                };
                let preset = presets().iter().find(|preset| preset.name == name);
                let preset = preset.ok_or_else(|| {
                    let known = list(presets().iter().map(|preset| preset.name));
                    fail(format!("unknown preset `{name}`; expected one of {known}"))
                })?;
                rules.extend(parse(preset.rules)?);
            } else {
                rules.push(rule(&words, shown.clone()).map_err(fail)?);
            }
            if rules.len() > MAX_RULES {
                return Err(FaultError::new(
                    line,
                    &shown,
                    format!("more than {MAX_RULES} rules"),
                ));
            }
        }
    }
    Ok(rules)
}

fn rule(words: &[String], text: String) -> Result<Rule, String> {
    let arrow = words
        .iter()
        .position(|word| word == "=>")
        .ok_or("missing `=>`")?;
    let (when, what) = (&words[..arrow], &words[arrow + 1..]);
    let (name, arguments) = what.split_first().ok_or("missing action after `=>`")?;
    let (action, default_scope) = action(name, Arguments::new(name, arguments))?;
    let mut rule = Rule {
        text: text.into(),
        scope: Scope::Any,
        model: None,
        key: None,
        nth: None,
        every: None,
        probability: None,
        times: None,
        action,
    };
    let mut scope = default_scope;
    for word in when {
        match word.split_once('=') {
            None => scope = Some(Scope::from_name(word)?),
            Some(("model", name)) => rule.model = Some(name.to_owned()),
            Some(("key", name)) => rule.key = Some(name.to_owned()),
            Some(("nth", range)) => rule.nth = Some(self::range(range)?),
            Some(("every", count)) => rule.every = Some(at_least_one("every", count)?),
            Some(("times", count)) => rule.times = Some(at_least_one("times", count)?),
            Some(("p", share)) => {
                let share: f64 = number("p", share)?;
                if !(0.0..=1.0).contains(&share) {
                    return Err(format!(
                        "probability {share} is out of range; expected 0 to 1"
                    ));
                }
                rule.probability = Some(share);
            }
            Some((name, _)) => {
                return Err(format!(
                    "unknown condition `{name}`; expected one of {}",
                    list(["model", "key", "nth", "every", "p", "times"])
                ));
            }
        }
    }
    rule.scope = scope.unwrap_or(Scope::Any);
    Ok(rule)
}

/// Parses an action. Returns it with its default scope, if it fits only one.
#[expect(clippy::too_many_lines, reason = "one arm per action")]
fn action(name: &str, mut arguments: Arguments<'_>) -> Result<(Action, Option<Scope>), String> {
    let polls = Some(Scope::Operation(Operation::Status));
    let create = Some(Scope::Create);
    let file = Some(Scope::File);
    let (action, scope) = match name {
        "lose-answer" => (Action::LoseResponse, create),
        "hang" => (
            Action::Hang {
                early: arguments.flag("early"),
            },
            create,
        ),
        "delay" => (
            Action::Delay(duration(arguments.required("a time")?)?),
            None,
        ),
        "reset" => {
            let early = arguments.flag("early");
            let point = if arguments.flag("body") {
                ResetPoint::InBody
            } else if early {
                ResetPoint::BeforeExecution
            } else {
                ResetPoint::BeforeResponse
            };
            (Action::Reset(point), None)
        }
        "status" => (arguments.status()?, None),
        "html" | "empty" => {
            let accepted = arguments.flag("accepted");
            let status = arguments.parse_or(StatusCode::BAD_GATEWAY, self::status)?;
            (
                if name == "html" {
                    Action::Html { status, accepted }
                } else {
                    Action::Empty { status, accepted }
                },
                None,
            )
        }
        "truncate" => {
            let framed = arguments.flag("framed");
            (
                Action::Truncate {
                    percent: arguments.parse_or(50, percent)?,
                    framed,
                },
                file,
            )
        }
        "drip" => {
            let bytes = arguments.parse_or(64, |text| at_least_one("drip", text))?;
            let every = arguments.parse_or(Duration::from_millis(100), duration)?;
            (
                Action::Drip {
                    bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
                    every,
                },
                file,
            )
        }
        "wrong-type" => (
            Action::WrongType {
                field: arguments.text_or("progress"),
            },
            polls,
        ),
        "unknown-status" => (
            Action::UnknownStatus {
                name: arguments.text_or("warming_up"),
            },
            polls,
        ),
        "flap" => (Action::Flap, polls),
        "result-in" => (
            Action::ResultIn(location(arguments.required("a place")?)?),
            polls,
        ),
        "id-under" => (
            Action::IdUnder {
                name: arguments.text_or("task_id"),
            },
            Some(Scope::Api),
        ),
        "fail" => {
            let message = arguments.named("message")?;
            (
                Action::Fail {
                    code: arguments.text_or("generation_failed"),
                    message,
                },
                create,
            )
        }
        "moderate" => (
            Action::Moderate {
                later: arguments.flag("later"),
            },
            create,
        ),
        "webhook-again" => (
            Action::WebhookAgain {
                times: arguments.parse_or(1, times)?,
            },
            create,
        ),
        "missing" => (
            Action::Missing(
                arguments.parse_or(MissingUntil::Elapsed(Duration::from_secs(2)), missing_until)?,
            ),
            polls,
        ),
        "no-business-id" => (Action::NoBusinessId, polls),
        "strict-references" => (Action::StrictReferences, create),
        "expire" => (
            Action::Expire {
                status: arguments.parse_or(StatusCode::NOT_FOUND, self::status)?,
            },
            file,
        ),
        "oversize" => {
            let with_content_length = !arguments.flag("unannounced");
            (
                Action::Oversize {
                    bytes: arguments.parse_or(64_000_000, size)?,
                    with_content_length,
                },
                file,
            )
        }
        "content-type" => {
            let name = arguments.required("a media type")?;
            if http::HeaderValue::from_str(name).is_err() {
                return Err(format!("invalid header value `{name}`"));
            }
            (Action::ContentType(name.to_owned()), file)
        }
        _ => {
            return Err(format!(
                "unknown action `{name}`; expected one of {}",
                list(ACTIONS)
            ));
        }
    };
    arguments.finish()?;
    Ok((action, scope))
}

const ACTIONS: [&str; 23] = [
    "lose-answer",
    "hang",
    "delay",
    "reset",
    "status",
    "html",
    "empty",
    "truncate",
    "drip",
    "wrong-type",
    "unknown-status",
    "flap",
    "result-in",
    "id-under",
    "fail",
    "moderate",
    "webhook-again",
    "missing",
    "no-business-id",
    "strict-references",
    "expire",
    "oversize",
    "content-type",
];

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use test_case::test_case;

    use super::{ACTIONS, Action, Scope, parse};
    use crate::faults::{presets, rule::Rule};

    fn parse_one(text: &str) -> Rule {
        parse(text).unwrap().remove(0)
    }

    #[test]
    fn rule_has_scope_conditions_and_action() {
        let rule = parse_one(
            "create model=nano-banana key=main#1 nth=2..4 p=0.5 times=3 => delay 1.5s # slow",
        );
        assert_eq!(
            (rule.scope, rule.nth, rule.probability, rule.times),
            (Scope::Create, Some(2..=4), Some(0.5), Some(3))
        );
        assert_eq!(
            (rule.model.as_deref(), rule.key.as_deref()),
            (Some("nano-banana"), Some("main#1"))
        );
        assert_eq!(rule.action, Action::Delay(Duration::from_millis(1500)));
    }

    #[test_case("=> lose-answer" => Scope::Create)]
    #[test_case("=> truncate" => Scope::File)]
    #[test_case("api => truncate" => Scope::Api; "explicit scope")]
    fn scope_defaults_to_that_of_the_action(text: &str) -> Scope {
        parse_one(text).scope
    }

    #[test]
    fn lines_and_semicolons_separate_rules_outside_quotes() {
        let rules =
            parse("=> hang; => flap\n\n# nothing\n=> fail odd message=\"a; b # c\"").unwrap();
        assert_eq!(rules.len(), 3);
        assert_eq!(
            rules[2].action,
            Action::Fail {
                code: "odd".into(),
                message: Some("a; b # c".into())
            }
        );
    }

    #[test]
    fn every_preset_and_every_action_parses() {
        for preset in presets() {
            assert!(
                !parse(&format!("preset {}", preset.name))
                    .unwrap()
                    .is_empty()
            );
        }
        for action in ACTIONS {
            let argument = match action {
                "delay" => "2s",
                "status" => "500",
                "result-in" => "url",
                "content-type" => "text/html",
                _ => "",
            };
            assert!(
                parse(&format!("any => {action} {argument}")).is_ok(),
                "{action}"
            );
        }
    }

    #[test]
    fn errors_name_the_rule_and_what_is_expected() {
        let errors: Vec<String> = [
            "create lose-answer",
            "create =>",
            "craete => hang",
            "create => hagn",
            "create => hang soon",
            "create color=red => hang",
            "create nth=0 => hang",
            "create nth=4..2 => hang",
            "create p=1.5 => hang",
            "create p=NaN => hang",
            "any => delay",
            "any => delay -1s",
            "create => webhook-again 0",
            "any => status 99",
            "any => status 500 envelope=E9",
            "file => truncate 200%",
            "file => oversize 99999999999GB",
            "status => result-in there",
            "preset flakey",
            "preset",
        ]
        .iter()
        .map(|text| {
            let error = parse(&format!("\n{text}")).unwrap_err();
            assert_eq!(error.line(), 2);
            error.to_string()
        })
        .collect();
        insta::assert_snapshot!(errors.join("\n"), @r"
        line 2, rule `create lose-answer`: missing `=>`
        line 2, rule `create =>`: missing action after `=>`
        line 2, rule `craete => hang`: unknown scope `craete`; expected one of any, api, create, status, upload, balance, models, file, createImage, getImageTask, editImage, uploadImage, getKeyBalance, getAccountBalance, listModels
        line 2, rule `create => hagn`: unknown action `hagn`; expected one of lose-answer, hang, delay, reset, status, html, empty, truncate, drip, wrong-type, unknown-status, flap, result-in, id-under, fail, moderate, webhook-again, missing, no-business-id, strict-references, expire, oversize, content-type
        line 2, rule `create => hang soon`: unexpected argument `soon` of `hang`
        line 2, rule `create color=red => hang`: unknown condition `color`; expected one of model, key, nth, every, p, times
        line 2, rule `create nth=0 => hang`: `nth` must be at least 1
        line 2, rule `create nth=4..2 => hang`: empty range `nth=4..2`
        line 2, rule `create p=1.5 => hang`: probability 1.5 is out of range; expected 0 to 1
        line 2, rule `create p=NaN => hang`: probability NaN is out of range; expected 0 to 1
        line 2, rule `any => delay`: `delay` needs a time
        line 2, rule `any => delay -1s`: invalid time `-1s`; expected a time like 800ms, 2s, 5m or 24h
        line 2, rule `create => webhook-again 0`: `webhook-again` is 0; expected 1 to 100
        line 2, rule `any => status 99`: status 99 is out of range; expected 200 to 599
        line 2, rule `any => status 500 envelope=E9`: unknown envelope `E9`; expected one of E1, E2, E3, E4, E5, E6, E6-nested, E7
        line 2, rule `file => truncate 200%`: 200% is more than 100%
        line 2, rule `file => oversize 99999999999GB`: invalid size `99999999999GB`; expected a size like 20MB or 1GB
        line 2, rule `status => result-in there`: unknown place of a result `there`; expected one of result.url, url, data, output, nowhere
        line 2, rule `preset flakey`: unknown preset `flakey`; expected one of flaky, busy, strict, broke, hostile
        line 2, rule `preset`: `preset` takes one name
        ");
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in "[a-z =>.;#\"%0-9\n-]{0,80}") {
            let _ = parse(&text);
            let _ = parse(&format!("any => {text}"));
        }
    }
}
