//! Sets of rules by name.

/// The presets: their names, what they are like, and their rules.
///
/// ```
/// let names: Vec<&str> = toapis_sim::fault::presets().iter().map(|(name, _, _)| *name).collect();
/// assert_eq!(names, ["flaky", "busy", "strict", "broke", "hostile"]);
/// ```
#[must_use]
pub fn presets() -> &'static [(&'static str, &'static str, &'static str)] {
    &[
        (
            "flaky",
            "A bad line: answers are lost, connections reset, gateways fail, files break off. A client that is careful gets through.",
            "create p=0.1 => lose-answer\n\
             create p=0.05 => status 500 accepted\n\
             create p=0.05 => reset early\n\
             status p=0.08 => html 502\n\
             status p=0.08 => reset\n\
             status p=0.05 => truncate\n\
             status => missing 1x\n\
             file p=0.2 => truncate\n\
             file p=0.1 => reset body",
        ),
        (
            "busy",
            "A service under load: it limits, its limiter fails, and it is slow. Nothing is lost.",
            "create p=0.3 => status 429 rate_limit_exceeded retry-after=2\n\
             create p=0.1 => status 503 rate_limit_unavailable retry-after=3\n\
             status p=0.2 => status 429 rate_limit_exceeded retry-after=1\n\
             status p=0.1 => status 503 internal_error retry-after=2\n\
             any p=0.3 => delay 800ms",
        ),
        (
            "strict",
            "A service that takes nothing loosely: references in the catalogue's form only, tasks by their own id only.",
            "create => strict-references\n\
             status => no-business-id",
        ),
        (
            "broke",
            "An account without money, in each of the envelopes in which that was seen.",
            "create every=3 => status 403 insufficient_user_quota\n\
             create every=2 => status 402 insufficient_quota envelope=E1\n\
             create => status 402 payment_required",
        ),
        (
            "hostile",
            "Everything at its worst: states, types and places that no one documented, pages for JSON, files that never end.",
            "create nth=1 => html 502\n\
             create every=3 => lose-answer\n\
             create => id-under task_id\n\
             status every=5 => html 502\n\
             status every=7 => truncate\n\
             status => unknown-state\n\
             status => wrong-type created_at\n\
             status => flap\n\
             status => result-in url\n\
             file nth=1 => content-type text/html\n\
             file nth=2 => oversize 1GB unannounced\n\
             file nth=3 => truncate",
        ),
    ]
}

pub(super) fn find(name: &str) -> Option<&'static str> {
    presets()
        .iter()
        .find(|(own, _, _)| *own == name)
        .map(|(_, _, rules)| *rules)
}
