//! Tails of the normal and of Student's distribution.

/// Two-sided chance of a value of at least `|t|` under Student's distribution.
pub(super) fn student_two_sided(t: f64, degrees_of_freedom: f64) -> f64 {
    let x = degrees_of_freedom / (degrees_of_freedom + t * t);
    incomplete_beta(0.5 * degrees_of_freedom, 0.5, x)
}

/// Chance of a value of at least `z ≥ 0` under the normal distribution.
///
/// `Q(z) = ½ erfc(z/√2)` as the upper incomplete gamma function of ½ at `z²/2`: a series for small
/// arguments, a continued fraction for large ones.
pub(super) fn normal_tail(z: f64) -> f64 {
    let x = z * z / 2.0;
    let front = (-x + 0.5 * x.max(f64::MIN_POSITIVE).ln() - ln_gamma(0.5)).exp();
    if x < 1.5 {
        let (mut term, mut sum, mut at) = (2.0, 2.0, 0.5);
        while term > sum * 1e-17 {
            at += 1.0;
            term *= x / at;
            sum += term;
        }
        return 0.5 * (1.0 - front * sum);
    }
    let step = |n: f64| (n * (0.5 - n), x + 2.0 * n + 0.5);
    0.5 * front / continued_fraction(x + 0.5, |n| step(f64::from(n)))
}

/// Regularised incomplete beta function `I_x(a, b)`.
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, 1.0 - x);
    }
    let front = a * x.ln() + b * (-x).ln_1p() + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b);
    let coefficient = |n: u32| {
        let m = f64::from(n / 2);
        let numerator = if n.is_multiple_of(2) {
            m * (b - m) / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        (numerator * x, 1.0)
    };
    front.exp() / a / continued_fraction(1.0, coefficient)
}

/// `b₀ + a₁ / (b₁ + a₂ / (b₂ + …))` by the method of Lentz; `step(n)` gives `(aₙ, bₙ)`.
fn continued_fraction(b0: f64, step: impl Fn(u32) -> (f64, f64)) -> f64 {
    const TINY: f64 = 1e-300;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut value = away_from_zero(b0);
    let (mut c, mut d) = (value, 0.0);
    for n in 1..1000 {
        let (a, b) = step(n);
        d = 1.0 / away_from_zero(b + a * d);
        c = away_from_zero(b + a / c);
        value *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}

/// Logarithm of the gamma function for positive arguments: Stirling's series after shifting the
/// argument above 10.
fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < 10.0 {
        shift += x.ln();
        x += 1.0;
    }
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    let series = inverse
        * (1.0 / 12.0
            - square
                * (1.0 / 360.0
                    - square * (1.0 / 1260.0 - square * (1.0 / 1680.0 - square / 1188.0))));
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + series - shift
}
