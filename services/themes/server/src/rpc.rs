//! The gRPC face of this service, and its client of consultation.

pub mod asking;
pub mod codebook_messages;
pub mod codebook_service;
pub mod codebook_yaml;
pub mod consultation_client;
pub mod emerging_messages;
pub mod emerging_service;
pub mod evidence_messages;
pub mod evidence_service;
pub mod learning_service;
pub mod matching_service;
pub mod names;
pub mod preview_messages;
pub mod quality_messages;
pub mod quotes;
pub mod review_messages;
pub mod review_service;
pub mod stance_messages;
pub mod stances_service;
pub mod status_mapping;
pub mod theme_messages;
pub mod themefinder;
pub mod themes_service;
pub mod view_messages;
pub mod views_service;
pub mod watch_themes;
