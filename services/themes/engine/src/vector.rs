//! Arithmetic on embedding vectors, in a fixed order so that the same input gives the same bytes.

const LANES: usize = 8;

/// The inner product. Sums run in eight fixed lanes, so the result does not depend on the compiler or the processor.
#[must_use]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    for (x, y) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..LANES {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    lanes.iter().sum::<f32>() + rest
}

/// The vector scaled to length 1; a zero vector stays zero.
#[must_use]
pub fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let length = dot(&vector, &vector).sqrt();
    if length > 1e-9 {
        for x in &mut vector {
            *x /= length;
        }
    }
    vector
}

/// The mean of vectors of one length; empty if there is none.
#[must_use]
pub fn mean(vectors: &[Vec<f32>]) -> Vec<f32> {
    let Some(first) = vectors.first() else { return Vec::new() };
    let mut sum = vec![0.0_f32; first.len()];
    for vector in vectors {
        for (s, x) in sum.iter_mut().zip(vector) {
            *s += x;
        }
    }
    let count = vectors.len() as f32;
    sum.iter_mut().for_each(|s| *s /= count);
    sum
}

/// `vector − centre`, scaled to length 1. The zero vector (a text without a known word) stays zero.
#[must_use]
pub fn centred(vector: &[f32], centre: &[f32]) -> Vec<f32> {
    if vector.iter().all(|x| *x == 0.0) {
        return vector.to_vec();
    }
    unit(vector.iter().zip(centre).map(|(x, c)| x - c).collect())
}
