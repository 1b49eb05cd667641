//! A 95 % interval of demand: Wilson's, for a finite population (n = N means no sampling error). Shown beside the
//! ranking, never part of it.

/// z of 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// Around a share `p` (0 to 1) seen in `n` of `of` organisations. n = 0 gives [0, 1].
pub fn wilson(p: f64, n: i64, of: i64) -> (f64, f64) {
    if n <= 0 {
        return (0.0, 1.0);
    }
    if n >= of {
        return (p, p);
    }
    let (n, of) = (n as f64, of as f64);
    let n = n * (of - 1.0) / (of - n);
    let z2 = Z * Z;
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}
