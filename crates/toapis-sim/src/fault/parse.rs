//! Reads the language of faults.

use std::time::Duration;

use http::StatusCode;

use super::{
    Action, At, FaultError, Rule, Spot, Wait,
    arguments::Arguments,
    preset,
    statements::statements,
    values::{at_least_one, list, number, percent, place, range, size, status, time, times, wait},
};
use crate::api::Op;

/// More rules than this are a mistake, and would be asked one by one at every request.
const MOST: usize = 1_000;

/// Reads any number of rules.
pub(crate) fn parse(text: &str) -> Result<Vec<Rule>, FaultError> {
    let mut rules = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        for words in statements(content) {
            let shown = words.join(" ");
            let fail = |problem: String| FaultError::new(line, &shown, problem);
            if words[0] == "preset" {
                let [_, name] = words.as_slice() else {
                    return Err(fail("`preset` takes one name".to_owned()));
                };
                let found = preset::find(name).ok_or_else(|| {
                    let known = preset::presets().iter().map(|(name, _, _)| *name);
                    fail(format!("there is no preset {name:?}, only {}", list(known)))
                })?;
                rules.extend(parse(found)?);
            } else {
                rules.push(rule(&words, shown.clone()).map_err(fail)?);
            }
            if rules.len() > MOST {
                return Err(FaultError::new(
                    line,
                    &shown,
                    format!("there are more than {MOST} rules"),
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
        .ok_or("there is no `=>`")?;
    let (when, what) = (&words[..arrow], &words[arrow + 1..]);
    let (name, arguments) = what.split_first().ok_or("there is no action after `=>`")?;
    let (action, home) = action(name, Arguments::new(name, arguments))?;
    let mut rule = Rule {
        text: text.into(),
        spot: Spot::Any,
        model: None,
        key: None,
        nth: None,
        every: None,
        probability: None,
        times: None,
        action,
    };
    let mut spot = home;
    for word in when {
        match word.split_once('=') {
            None => spot = Some(self::spot(word)?),
            Some(("model", name)) => rule.model = Some(name.to_owned()),
            Some(("key", name)) => rule.key = Some(name.to_owned()),
            Some(("nth", range)) => rule.nth = Some(self::range(range)?),
            Some(("every", count)) => rule.every = Some(at_least_one("every", count)?),
            Some(("times", count)) => rule.times = Some(at_least_one("times", count)?),
            Some(("p", share)) => {
                let share: f64 = number("p", share)?;
                if !(0.0..=1.0).contains(&share) {
                    return Err(format!("a probability of {share} is not between 0 and 1"));
                }
                rule.probability = Some(share);
            }
            Some((name, _)) => {
                return Err(format!(
                    "there is no condition {name:?}, only {}",
                    list(["model", "key", "nth", "every", "p", "times"])
                ));
            }
        }
    }
    rule.spot = spot.unwrap_or(Spot::Any);
    Ok(rule)
}

fn spot(word: &str) -> Result<Spot, String> {
    let named = Spot::NAMES
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, spot)| *spot);
    named
        .or_else(|| word.parse().ok().map(Spot::Op))
        .ok_or_else(|| {
            let known = Spot::NAMES
                .iter()
                .map(|(name, _)| *name)
                .chain(Op::ALL.iter().map(|op| op.id()));
            format!(
                "{word:?} is no place where a fault can be, only {}",
                list(known)
            )
        })
}

/// The action of this name, and the place it is for if none is said.
#[expect(clippy::too_many_lines, reason = "one arm an action, and nothing else")]
fn action(name: &str, mut arguments: Arguments<'_>) -> Result<(Action, Option<Spot>), String> {
    let polls = Some(Spot::Op(Op::Status));
    let create = Some(Spot::Create);
    let file = Some(Spot::File);
    let (action, home) = match name {
        "lose-answer" => (Action::LoseAnswer, create),
        "hang" => (
            Action::Hang {
                early: arguments.flag("early"),
            },
            create,
        ),
        "delay" => (
            Action::Delay(arguments.next("a time")?.parse_with(time)?),
            None,
        ),
        "reset" => {
            let early = arguments.flag("early");
            let at = if arguments.flag("body") {
                At::Body
            } else if early {
                At::Early
            } else {
                At::Answer
            };
            (Action::Reset(at), None)
        }
        "status" => (arguments.status()?, None),
        "html" | "empty" => {
            let accepted = arguments.flag("accepted");
            let status = arguments.or(StatusCode::BAD_GATEWAY, self::status)?;
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
                    percent: arguments.or(50, percent)?,
                    framed,
                },
                file,
            )
        }
        "drip" => {
            let bytes = arguments.or(64, |text| at_least_one("drip", text))?;
            let every = arguments.or(Duration::from_millis(100), time)?;
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
        "unknown-state" => (
            Action::UnknownState {
                name: arguments.text_or("warming_up"),
            },
            polls,
        ),
        "flap" => (Action::Flap, polls),
        "result-in" => (
            Action::ResultIn(arguments.next("a place")?.parse_with(place)?),
            polls,
        ),
        "id-under" => (
            Action::IdUnder {
                name: arguments.text_or("task_id"),
            },
            Some(Spot::Api),
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
                times: arguments.or(1, times)?,
            },
            create,
        ),
        "missing" => (
            Action::Missing(arguments.or(Wait::For(Duration::from_secs(2)), wait)?),
            polls,
        ),
        "no-business-id" => (Action::NoBusinessId, polls),
        "strict-references" => (Action::StrictReferences, create),
        "expire" => (
            Action::Expire {
                status: arguments.or(StatusCode::NOT_FOUND, self::status)?,
            },
            file,
        ),
        "oversize" => {
            let announced = !arguments.flag("unannounced");
            (
                Action::Oversize {
                    bytes: arguments.or(64_000_000, size)?,
                    announced,
                },
                file,
            )
        }
        "content-type" => {
            let name = arguments.next("a media type")?.0;
            if http::HeaderValue::from_str(name).is_err() {
                return Err(format!("{name:?} cannot stand in a header"));
            }
            (Action::ContentType(name.to_owned()), file)
        }
        _ => {
            return Err(format!(
                "there is no action {name:?}, only {}",
                list(ACTIONS)
            ));
        }
    };
    arguments.none_left()?;
    Ok((action, home))
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
    "unknown-state",
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

    use super::{ACTIONS, Action, Spot, parse};
    use crate::fault::{presets, rule::Rule};

    fn one(text: &str) -> Rule {
        parse(text).unwrap().remove(0)
    }

    #[test]
    fn a_rule_has_a_place_conditions_and_an_action() {
        let rule =
            one("create model=nano-banana key=main#1 nth=2..4 p=0.5 times=3 => delay 1.5s # slow");
        assert_eq!(
            (rule.spot, rule.nth, rule.probability, rule.times),
            (Spot::Create, Some(2..=4), Some(0.5), Some(3))
        );
        assert_eq!(
            (rule.model.as_deref(), rule.key.as_deref()),
            (Some("nano-banana"), Some("main#1"))
        );
        assert_eq!(rule.action, Action::Delay(Duration::from_millis(1500)));
    }

    #[test]
    fn an_action_that_fits_one_place_needs_no_other() {
        assert_eq!(one("=> lose-answer").spot, Spot::Create);
        assert_eq!(one("=> truncate").spot, Spot::File);
        assert_eq!(one("api => truncate").spot, Spot::Api);
    }

    #[test]
    fn rules_are_separated_by_lines_and_semicolons_and_quotes_keep_what_is_in_them() {
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
    fn every_preset_and_every_action_that_is_named_can_be_read() {
        for (name, _, _) in presets() {
            assert!(!parse(&format!("preset {name}")).unwrap().is_empty());
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
    fn a_text_that_is_no_rule_is_told_what_is_wrong_with_it() {
        for (text, problem) in [
            ("create lose-answer", "no `=>`"),
            ("create =>", "no action"),
            ("craete => hang", "no place where a fault can be"),
            ("create => hagn", "no action \"hagn\""),
            ("create => hang soon", "does not take \"soon\""),
            ("create color=red => hang", "no condition \"color\""),
            ("create nth=0 => hang", "counts from 1"),
            ("create nth=4..2 => hang", "ends before it begins"),
            ("create p=1.5 => hang", "not between 0 and 1"),
            ("create p=NaN => hang", "not between 0 and 1"),
            ("any => delay", "needs a time"),
            ("any => delay -1s", "no time like"),
            ("create => webhook-again 0", "1 to 100 times"),
            ("any => status 99", "no status"),
            ("any => status 500 envelope=E9", "no envelope"),
            ("file => truncate 200%", "more than all"),
            ("file => oversize 99999999999GB", "no size like"),
            ("status => result-in there", "no place for a result"),
            ("preset flakey", "no preset \"flakey\""),
            ("preset", "takes one name"),
        ] {
            let error = parse(&format!("\n{text}")).unwrap_err();
            assert!(error.to_string().contains(problem), "{text}: {error}");
            assert_eq!(error.line(), 2);
        }
    }

    proptest! {
        #[test]
        fn no_text_at_all_makes_the_reader_panic(text in "[a-z =>.;#\"%0-9\n-]{0,80}") {
            let _ = parse(&text);
            let _ = parse(&format!("any => {text}"));
        }
    }
}
