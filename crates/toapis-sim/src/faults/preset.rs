//! Named sets of rules.

/// A named set of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preset {
    /// The name, as in the rule `preset NAME`.
    pub name: &'static str,
    /// What the preset simulates.
    pub description: &'static str,
    /// The rules, one a line.
    pub rules: &'static str,
}

/// Returns all presets.
///
/// ```
/// let names: Vec<&str> = toapis_sim::faults::presets().iter().map(|preset| preset.name).collect();
/// assert_eq!(names, ["flaky", "busy", "strict", "broke", "hostile"]);
/// ```
#[must_use]
pub fn presets() -> &'static [Preset] {
    &[
        Preset {
            name: "flaky",
            description: "An unreliable network: lost responses, reset connections, gateway errors, truncated files. A careful client succeeds.",
            rules: "create p=0.1 => lose-answer\n\
             create p=0.05 => status 500 accepted\n\
             create p=0.05 => reset early\n\
             status p=0.08 => html 502\n\
             status p=0.08 => reset\n\
             status p=0.05 => truncate\n\
             status => missing 1x\n\
             file p=0.2 => truncate\n\
             file p=0.1 => reset body",
        },
        Preset {
            name: "busy",
            description: "A service under load: rate limits, an unavailable rate limiter, delays. Nothing is lost.",
            rules: "create p=0.3 => status 429 rate_limit_exceeded retry-after=2\n\
             create p=0.1 => status 503 rate_limit_unavailable retry-after=3\n\
             status p=0.2 => status 429 rate_limit_exceeded retry-after=1\n\
             status p=0.1 => status 503 internal_error retry-after=2\n\
             any p=0.3 => delay 800ms",
        },
        Preset {
            name: "strict",
            description: "A strict service: references only in the catalogue's form, tasks found only by their id.",
            rules: "create => strict-references\n\
             status => no-business-id",
        },
        Preset {
            name: "broke",
            description: "An account without credits, in each observed form of the error.",
            rules: "create every=3 => status 403 insufficient_user_quota\n\
             create every=2 => status 402 insufficient_quota envelope=E1\n\
             create => status 402 payment_required",
        },
        Preset {
            name: "hostile",
            description: "The worst case: undocumented statuses, types and fields, HTML instead of JSON, files without end.",
            rules: "create nth=1 => html 502\n\
             create every=3 => lose-answer\n\
             create => id-under task_id\n\
             status every=5 => html 502\n\
             status every=7 => truncate\n\
             status => unknown-status\n\
             status => wrong-type created_at\n\
             status => flap\n\
             status => result-in url\n\
             file nth=1 => content-type text/html\n\
             file nth=2 => oversize 1GB unannounced\n\
             file nth=3 => truncate",
        },
    ]
}
