//! Scenarios over the whole product.
