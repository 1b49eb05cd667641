//! The embedded model against vectors that the Python implementation gave for the same artefact.

use soundings_themes_model::Model;

#[test]
fn vectors_equal_the_reference_implementation() {
    let reference: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("reference_vectors.json")).unwrap();
    let model = Model::embedded().unwrap();
    for case in reference {
        let text = case["text"].as_str().unwrap();
        let vector = &model.encode(&[text])[0];
        let expected = case["vector"].as_array().unwrap();
        assert_eq!(vector.len(), expected.len());
        for (a, b) in vector.iter().zip(expected) {
            let distance = (f64::from(*a) - b.as_f64().unwrap()).abs();
            assert!(distance < 1e-5, "{text}: {a} is not {b}");
        }
    }
}

#[test]
fn vectors_have_unit_length_and_repeat_bit_for_bit() {
    let model = Model::embedded().unwrap();
    let texts = ["staff working from home", "bins", "Data, data and more data."];
    let first = model.encode(&texts);
    for vector in &first {
        assert_eq!(vector.len(), model.dimensions());
        let length: f32 = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        assert!((length - 1.0).abs() < 1e-4, "length {length}");
    }
    assert_eq!(first, Model::embedded().unwrap().encode(&texts));
    for (text, vector) in texts.iter().zip(&first) {
        assert_eq!(vector, &model.encode(&[text])[0], "alone or in a batch");
    }
}

#[test]
fn a_text_without_a_word_is_the_zero_vector() {
    let model = Model::embedded().unwrap();
    assert!(model.encode(&[""])[0].iter().all(|x| *x == 0.0));
    assert!(model.encode(&[]).is_empty());
}
