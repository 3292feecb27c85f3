//! Figures, and what is wrong with them.

use super::rolling::{Sums, per};

/// Fewer requests or lists than this say nothing about shares and averages.
const ENOUGH: u64 = 20;

/// A bound that is worth a word, and one that is worth waking somebody.
struct Thresholds {
    issue: f64,
    alert: f64,
}

const RESPONSE_SECONDS: Thresholds = Thresholds { issue: 1.0, alert: 2.0 };
const ERROR_RATE: Thresholds = Thresholds { issue: 0.05, alert: 0.10 };
const CACHE_HIT_RATE: f64 = 0.80;
const RECOMMENDATION_SECONDS: f64 = 5.0;

/// How something has done in the last five minutes.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Queries and mutations.
    pub requests: u64,
    /// Seconds a request, on average.
    pub average_seconds: f64,
    /// Seconds that 95 of 100 requests do not exceed.
    pub p95_seconds: f64,
    /// Share of the requests that failed through no fault of their sender.
    pub error_rate: f64,
    /// Share of the lists of recommendations that were kept ready.
    pub cache_hit_rate: f64,
    /// Seconds a list of recommendations, on average.
    pub recommendation_seconds: f64,
    /// Subscriptions under way now.
    pub subscriptions: u64,
    /// What this amounts to.
    pub health: Health,
    /// What is wrong, a sentence each.
    pub issues: Vec<String>,
}

/// What figures amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Nothing is wrong.
    Healthy,
    /// Something is slower or fails more often than it should.
    Degraded,
    /// Responses or errors are past the bounds of an alert.
    Unhealthy,
}

impl Health {
    /// Returns the name that clients see.
    pub fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
        }
    }
}

impl Figures {
    #[expect(clippy::cast_precision_loss, reason = "shares, for people")]
    pub(super) fn new(sums: &Sums, subscriptions: u64) -> Self {
        let mut figures = Self {
            requests: sums.requests,
            average_seconds: per(sums.seconds, sums.requests),
            p95_seconds: sums.p95(),
            error_rate: per(sums.failures as f64, sums.requests),
            cache_hit_rate: per(sums.kept as f64, sums.lists),
            recommendation_seconds: per(sums.list_seconds, sums.lists),
            subscriptions,
            health: Health::Healthy,
            issues: Vec::new(),
        };
        figures.judge(sums);
        figures
    }

    fn judge(&mut self, sums: &Sums) {
        let mut is_alert = false;
        if sums.requests >= ENOUGH && self.average_seconds > RESPONSE_SECONDS.issue {
            is_alert |= self.average_seconds > RESPONSE_SECONDS.alert;
            self.issues.push(format!("responses take {:.2} s on average", self.average_seconds));
        }
        if sums.requests >= ENOUGH && self.error_rate > ERROR_RATE.issue {
            is_alert |= self.error_rate > ERROR_RATE.alert;
            self.issues.push(format!("{:.1} % of the requests fail", 100.0 * self.error_rate));
        }
        if sums.lists >= ENOUGH && self.cache_hit_rate < CACHE_HIT_RATE {
            let rate = 100.0 * self.cache_hit_rate;
            self.issues.push(format!("{rate:.1} % of the lists were kept ready"));
        }
        if sums.lists >= ENOUGH && self.recommendation_seconds > RECOMMENDATION_SECONDS {
            let seconds = self.recommendation_seconds;
            self.issues.push(format!("recommendations take {seconds:.2} s on average"));
        }
        self.health = match (self.issues.is_empty(), is_alert) {
            (true, _) => Health::Healthy,
            (false, false) => Health::Degraded,
            (false, true) => Health::Unhealthy,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn health(requests: u64, seconds: f64, failures: u64) -> (Health, usize) {
        let mut sums = Sums::default();
        for request in 0..requests {
            sums.add_request(seconds, request < failures);
        }
        let figures = Figures::new(&sums, 0);
        (figures.health, figures.issues.len())
    }

    #[test]
    fn health_follows_the_thresholds() {
        assert_eq!(health(0, 0.0, 0), (Health::Healthy, 0));
        assert_eq!(health(100, 0.9, 5), (Health::Healthy, 0));
        assert_eq!(health(100, 1.1, 0), (Health::Degraded, 1));
        assert_eq!(health(100, 0.1, 6), (Health::Degraded, 1));
        assert_eq!(health(100, 2.1, 11), (Health::Unhealthy, 2));
        assert_eq!(health(19, 9.0, 19), (Health::Healthy, 0), "too few to say");
    }

    #[test]
    fn a_cold_cache_degrades_and_is_no_alert() {
        let sums = Sums { lists: 20, kept: 15, ..Sums::default() };
        assert_eq!(Figures::new(&sums, 0).health, Health::Degraded);
        let sums = Sums { lists: 20, kept: 16, ..Sums::default() };
        assert_eq!(Figures::new(&sums, 0).health, Health::Healthy);
    }
}
