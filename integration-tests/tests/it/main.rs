//! Scenarios over the whole product, against real servers.
mod layers;
