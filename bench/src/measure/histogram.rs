//! Latencies: counted in buckets one sixty-fourth of their value wide, so percentiles are right to 2 %.

use std::time::Duration;

const FINE: u32 = 6;
const STEPS: u64 = 1 << FINE;

#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; bucket(u64::MAX) + 1], total: 0 }
    }
}

fn bucket(nanos: u64) -> usize {
    if nanos < STEPS {
        return usize::try_from(nanos).unwrap_or(0);
    }
    let power = u64::from(63 - nanos.leading_zeros() - FINE);
    let step = (nanos >> power) & (STEPS - 1);
    usize::try_from((power + 1) * STEPS + step).unwrap_or(0)
}

/// The middle of a bucket.
fn value(bucket: usize) -> f64 {
    let bucket = bucket as u64;
    if bucket < STEPS {
        return bucket as f64;
    }
    let (power, step) = (bucket / STEPS - 1, bucket % STEPS);
    ((STEPS + step) as f64 + 0.5) * (power as f64).exp2()
}

impl Histogram {
    pub fn add(&mut self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        if let Some(count) = self.counts.get_mut(bucket(nanos)) {
            *count += 1;
            self.total += 1;
        }
    }

    /// Milliseconds within which this part of all was done.
    pub fn percentile(&self, part: f64) -> f64 {
        let wanted = (self.total as f64 * part).ceil().max(1.0);
        let mut seen = 0.0;
        for (at, count) in self.counts.iter().enumerate() {
            seen += *count as f64;
            if *count > 0 && seen >= wanted {
                return value(at) / 1e6;
            }
        }
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_right_to_two_percent() {
        let mut all = Histogram::default();
        (1..=10_000u64).for_each(|n| all.add(Duration::from_micros(n)));
        for (part, wanted) in [(0.5, 5.0), (0.95, 9.5), (0.99, 9.9), (1.0, 10.0)] {
            let found = all.percentile(part);
            assert!((found / wanted - 1.0).abs() < 0.02, "{part}: {found}");
        }
    }

    #[test]
    fn every_duration_has_a_bucket_and_buckets_ascend() {
        let mut last = 0;
        for power in 0..64 {
            for nanos in [1u64 << power, (1u64 << power) | ((1u64 << power) >> 1)] {
                assert!(bucket(nanos) >= last);
                last = bucket(nanos);
                let middle = value(last);
                assert!((middle / nanos as f64 - 1.0).abs() < 0.02, "{nanos} {middle}");
            }
        }
        assert!(bucket(u64::MAX) < Histogram::default().counts.len());
    }
}
