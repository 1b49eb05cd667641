//! The wire contract: gRPC services, events, and every subject and stream name, once.
//!
//! Generated from the `.proto` files beside this crate. To add an event: write its message in the context's
//! `events.proto` with its subject in the comment, and give it a row in [`subjects::EVENTS`].

pub mod subjects;

/// Organisations, surveys and their responses.
pub mod consultation {
    /// Version 1.
    #[expect(clippy::allow_attributes, reason = "the generator writes them")]
    pub mod v1 {
        tonic::include_proto!("soundings.consultation.v1");
    }
}

/// Themes found in what organisations wrote.
pub mod themes {
    /// Version 1.
    #[expect(clippy::allow_attributes, reason = "the generator writes them")]
    pub mod v1 {
        tonic::include_proto!("soundings.themes.v1");
    }
}

/// Work items and their ranking.
pub mod portfolio {
    /// Version 1.
    #[expect(clippy::allow_attributes, reason = "the generator writes them")]
    pub mod v1 {
        tonic::include_proto!("soundings.portfolio.v1");
    }
}

/// What every service keeps of messages it could not apply.
pub mod mailbox {
    /// Version 1.
    #[expect(clippy::allow_attributes, reason = "the generator writes them")]
    pub mod v1 {
        tonic::include_proto!("soundings.mailbox.v1");
    }
}

/// The compiled `.proto` files with comments, as gRPC reflection serves them.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.binpb"));
