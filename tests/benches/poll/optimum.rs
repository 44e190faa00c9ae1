//! The best schedule for a distribution that is known: Barlow, Hunter and Proschan, "Optimum checking procedures" (1963).
//!
//! Written apart from the SDK's, on another grid (a twentieth of a second throughout) and from the distribution itself,
//! because one that shared its code would share its faults.

use crate::distribution::Distribution;

/// Looks may be made at multiples of this, in seconds.
const GRID: f64 = 0.05;

/// The ages at which to look, in seconds, where a look costs as much as `price` seconds of delay.
pub(crate) fn schedule(distribution: &Distribution, price: f64) -> Vec<f64> {
    let durations = distribution.durations();
    let mut moments = vec![0.0];
    while moments[moments.len() - 1] < distribution.longest() {
        moments.push(GRID * real(moments.len()));
    }
    // How many tasks are done by each moment, and the sum of what they took.
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
        done.push(real(count));
        sum.push(total);
    }
    let last = moments.len() - 1;
    let mut cost = vec![0.0; moments.len()];
    let mut next = vec![last; moments.len()];
    for from in (0..last).rev() {
        let waiting = real(durations.len()) - done[from];
        let mut best = f64::INFINITY;
        for to in from + 1..=last {
            let delay = moments[to] * (done[to] - done[from]) - (sum[to] - sum[from]);
            let all = price * waiting + delay + cost[to];
            if all < best {
                (best, next[from]) = (all, to);
            }
            // Later ones only have more delay.
            if price * waiting + delay > best {
                break;
            }
        }
        cost[from] = best;
    }
    let mut looks = Vec::new();
    let mut at = 0;
    while at < last {
        at = next[at];
        looks.push(moments[at]);
    }
    looks
}

fn real(count: usize) -> f64 {
    u32::try_from(count).unwrap_or(u32::MAX).into()
}
