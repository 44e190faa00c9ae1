//! Expected delay and number of polls of the adaptive policy.

use std::time::Duration;

use super::{History, InspectionSchedule, PollContext, PollingPolicy};

/// The default cost of a poll, in seconds of delay.
const PRICE: f64 = 1.0;

/// Returns `count` durations at equally spaced quantiles, in random order.
fn drawn(count: usize, seed: u64, duration: impl Fn(f64) -> f64) -> Vec<Duration> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..count)
        .map(|_| Duration::from_secs_f64(duration(random.f64()).max(0.5)))
        .collect()
}

/// Approximates the quantile function of the normal distribution.
fn normal(quantile: f64, mean: f64, deviation: f64) -> f64 {
    let clamped = quantile.clamp(1e-6, 1.0 - 1e-6);
    // The logistic distribution with the same deviation.
    mean + deviation * 0.551 * (clamped / (1.0 - clamped)).ln()
}

/// Returns the mean number of polls and the mean delay for these tasks under a rule.
fn average(tasks: &[Duration], mut pause: impl FnMut(Duration, u32) -> Duration) -> (f64, f64) {
    let (mut polls, mut delay) = (0.0, 0.0);
    for task in tasks {
        let (mut age, mut count) = (Duration::ZERO, 0);
        while age < *task {
            age += pause(age, count);
            count += 1;
        }
        polls += f64::from(count);
        delay += age.saturating_sub(*task).as_secs_f64();
    }
    let count = f64::from(u32::try_from(tasks.len()).unwrap());
    (polls / count, delay / count)
}

/// A distribution, as its quantile function.
type Quantiles = fn(f64) -> f64;

/// Distributions that match the prior, that do not, and a bimodal one.
fn distributions() -> Vec<(&'static str, Quantiles)> {
    vec![
        ("typical", |quantile| normal(quantile, 2.5, 0.6).exp()),
        ("slow, outside the prior", |quantile| {
            normal(quantile, 140.0, 20.0)
        }),
        ("narrow", |quantile| normal(quantile, 22.0, 1.0)),
        ("two durations", |quantile| {
            if quantile < 0.6 {
                normal(quantile / 0.6, 10.0, 1.5)
            } else {
                normal((quantile - 0.6) / 0.4, 60.0, 6.0)
            }
        }),
        ("even", |quantile| 5.0 + 50.0 * quantile),
    ]
}

fn learned(seen: &[Duration]) -> History {
    let history = History::default();
    for duration in seen {
        history.learn("m", *duration);
    }
    history
}

fn cost((polls, delay): (f64, f64)) -> f64 {
    polls * PRICE + delay
}

#[test]
fn adaptive_policy_is_within_ten_percent_of_the_optimum_after_fifty_tasks() {
    for (name, duration) in distributions() {
        let tasks = drawn(2000, 1, duration);
        let best = InspectionSchedule::from_durations(&tasks, Duration::from_secs_f64(PRICE));
        let best = cost(average(&tasks, |age, _| {
            best.next_poll(age).saturating_sub(age)
        }));
        let mut total = 0.0;
        for seed in 2..10 {
            let history = learned(&drawn(50, seed, duration));
            let policy = PollingPolicy::adaptive().jitter(0.0);
            let pause = |age, polls| {
                policy.pause(
                    &history,
                    PollContext {
                        age,
                        polls,
                        model: "m",
                        left: None,
                        consecutive_errors: 0,
                    },
                )
            };
            total += cost(average(&tasks, pause)) / 8.0;
        }
        assert!(total <= best * 1.1, "{name}: {total:.2} against {best:.2}");
    }
}

/// Returns the delay of a client with these observations, at the poll cost that leads to this
/// number of polls, interpolated between the two nearest costs.
fn delay_at(seen: &[Duration], tasks: &[Duration], wanted: f64) -> f64 {
    let history = learned(seen);
    let measure = |price: f64| {
        let policy = PollingPolicy::adaptive()
            .jitter(0.0)
            .poll_cost(Duration::from_secs_f64(price));
        average(tasks, |age, polls| {
            let moment = PollContext {
                age,
                polls,
                model: "m",
                left: None,
                consecutive_errors: 0,
            };
            policy.pause(&history, moment)
        })
    };
    let (mut low, mut high) = (0.001_f64, 100_000.0);
    let (mut often, mut rarely) = (measure(low), measure(high));
    for _ in 0..20 {
        let price = (low * high).sqrt();
        let measured = measure(price);
        if measured.0 > wanted {
            (low, often) = (price, measured);
        } else {
            (high, rarely) = (price, measured);
        }
    }
    assert!(rarely.0 <= wanted && wanted <= often.0, "{wanted} polls");
    let part = (often.0 - wanted) / (often.0 - rarely.0).max(f64::EPSILON);
    often.1 + part * (rarely.1 - often.1)
}

#[test]
fn adaptive_policy_is_not_later_than_a_fixed_pause_at_equal_polls() {
    for (name, duration) in distributions() {
        let tasks = drawn(2000, 1, duration);
        let (fixed_polls, fixed_delay) = average(&tasks, |_, _| Duration::from_secs(5));
        // Without observations too: the pauses do not grow for slow tasks.
        for count in [0, 50] {
            let delay = delay_at(&drawn(count, 2, duration), &tasks, fixed_polls);
            assert!(
                delay <= fixed_delay,
                "{name} after {count}: {delay} against {fixed_delay} by {fixed_polls}"
            );
        }
    }
}

#[test]
fn high_poll_cost_does_not_delay_polls_of_fast_tasks() {
    // All but one in two thousand tasks take less than 5 s.
    let fast = |quantile| normal(quantile, 0.7, 0.2).exp();
    let tasks = drawn(2000, 1, fast);
    let (fixed_polls, fixed_delay) = average(&tasks, |_, _| Duration::from_secs(5));
    for seed in 2..10 {
        let delay = delay_at(&drawn(50, seed, fast), &tasks, fixed_polls);
        assert!(
            delay <= fixed_delay,
            "seed {seed}: {delay} against {fixed_delay} by {fixed_polls}"
        );
    }
}

#[test]
fn pauses_do_not_grow_beyond_the_typical_range() {
    let history = History::default();
    let pause = |age| history.pause("m", Duration::from_secs(age), Duration::from_secs(1));
    // Within one cell of the grid, which is 1/80 of the age.
    assert!(
        pause(120) < pause(30) + Duration::from_secs(2),
        "{:?} after {:?}",
        pause(120),
        pause(30)
    );
}
