//! The gRPC face of this service, and its client of consultation.

pub mod codebook_yaml;
pub mod consultation_client;
pub mod names;
pub mod status_mapping;
pub mod theme_messages;
pub mod themes_service;
