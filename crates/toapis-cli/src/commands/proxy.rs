//! `toapis contract proxy`: live traffic is judged on its way, until the command is interrupted.

use std::net::{Ipv4Addr, SocketAddr};

use crate::args::Proxy;
use crate::commands::end::told_to_end;
use crate::console::{Console, data};
use crate::exit::Exit;
use crate::failure::{Failure, Result};

/// How many exchanges are kept for a recording; the older ones go.
const RECORDED: usize = 10_000;

/// Says where to point a client, tells each exchange on stderr, and ends with the counts.
pub(crate) async fn proxy(console: Console, args: &Proxy) -> Result<()> {
    let end = told_to_end();
    let wrong = |error: toapis_contract::proxy::ProxyError| Failure::usage(error.to_string());
    let mut proxy = toapis_contract::proxy::Proxy::to(&args.target)
        .map_err(wrong)?
        .listen(SocketAddr::from((Ipv4Addr::LOCALHOST, args.port)))
        .on_exchange(move |judged| console.say(judged));
    if args.har.is_some() {
        proxy = proxy.record(RECORDED);
    }
    let proxy = proxy.start().await.map_err(wrong)?;
    if console.json {
        console.say(format!("point a client at {}", proxy.base_url()));
    } else {
        data(format!("export TOAPIS_BASE_URL={}", proxy.base_url()))?;
    }
    end.await;
    if let Some(path) = &args.har {
        proxy.recording().write(path).map_err(|error| {
            Failure::new(Exit::Error, format!("cannot write {}", path.display())).caused_by(&error)
        })?;
    }
    let tally = proxy.tally();
    console.answer(&tally, |tally| vec![tally.to_string()])?;
    if tally.is_ok() {
        return Ok(());
    }
    Err(Failure::new(Exit::Error, "something that passed breaks the contract").after_the_answer())
}
