//! The optimal schedule for a known distribution: Barlow, Hunter and Proschan, "Optimum checking
//! procedures" (1963).
//!
//! Independent of the SDK's implementation, on another grid (0.05 s throughout) and computed from
//! the distribution itself: shared code would share its defects.

use crate::distribution::Distribution;

/// Polls are at multiples of this, in seconds.
const GRID: f64 = 0.05;

/// Returns the ages at which to poll, in seconds, if a poll costs `price` seconds of delay.
pub(crate) fn schedule(distribution: &Distribution, price: f64) -> Vec<f64> {
    let durations = distribution.durations();
    let mut moments = vec![0.0];
    while moments[moments.len() - 1] < distribution.longest() {
        moments.push(GRID * to_f64(moments.len()));
    }
    // The number of tasks that are done by each moment, and the sum of their durations.
    let (mut done, mut sum) = (Vec::new(), Vec::new());
    let (mut count, mut total) = (0, 0.0);
    for moment in &moments {
        while durations
            .get(count)
            .is_some_and(|duration| duration <= moment)
        {
            total += durations[count];
            count += 1;
        }
        done.push(to_f64(count));
        sum.push(total);
    }
    let last = moments.len() - 1;
    let mut cost = vec![0.0; moments.len()];
    let mut next = vec![last; moments.len()];
    for from in (0..last).rev() {
        let unfinished = to_f64(durations.len()) - done[from];
        let mut best = f64::INFINITY;
        for to in from + 1..=last {
            let delay = moments[to] * (done[to] - done[from]) - (sum[to] - sum[from]);
            let all = price * unfinished + delay + cost[to];
            if all < best {
                (best, next[from]) = (all, to);
            }
            // A later poll only adds delay.
            if price * unfinished + delay > best {
                break;
            }
        }
        cost[from] = best;
    }
    let mut ages = Vec::new();
    let mut at = 0;
    while at < last {
        at = next[at];
        ages.push(moments[at]);
    }
    ages
}

fn to_f64(count: usize) -> f64 {
    u32::try_from(count).unwrap_or(u32::MAX).into()
}
