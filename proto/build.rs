//! Generates the gRPC and message code from the `.proto` files, without a protoc on the machine.
use std::{env, fs, path::PathBuf};

const FILES: &[&str] = &[
    "soundings/consultation/v1/consultation.proto",
    "soundings/consultation/v1/events.proto",
    "soundings/consultation/v1/support_events.proto",
    "soundings/themes/v1/themes.proto",
    "soundings/themes/v1/events.proto",
    "soundings/themes/v1/reassignment.proto",
    "soundings/themes/v1/codebooks.proto",
    "soundings/themes/v1/reviews.proto",
    "soundings/themes/v1/quality.proto",
    "soundings/themes/v1/emerging.proto",
    "soundings/themes/v1/positions.proto",
    "soundings/themes/v1/stances.proto",
    "soundings/themes/v1/learning.proto",
    "soundings/themes/v1/evidence.proto",
    "soundings/themes/v1/evidence_events.proto",
    "soundings/themes/v1/views.proto",
    "soundings/themes/v1/campaigns.proto",
    "soundings/themes/v1/evaluation.proto",
    "soundings/themes/v1/splits.proto",
    "soundings/themes/v1/matching.proto",
    "soundings/portfolio/v1/support.proto",
    "soundings/portfolio/v1/portfolio.proto",
    "soundings/portfolio/v1/portfolio_check.proto",
    "soundings/portfolio/v1/portfolio_order.proto",
    "soundings/portfolio/v1/plan.proto",
    "soundings/portfolio/v1/gaps.proto",
    "soundings/portfolio/v1/scoring.proto",
    "soundings/portfolio/v1/replaced_signals.proto",
    "soundings/portfolio/v1/analysis.proto",
    "soundings/portfolio/v1/events.proto",
    "soundings/portfolio/v1/procurement.proto",
    "soundings/portfolio/v1/procurement_events.proto",
    "soundings/portfolio/v1/benefits.proto",
    "soundings/portfolio/v1/documents.proto",
    "soundings/portfolio/v1/robustness.proto",
    "soundings/portfolio/v1/standing_events.proto",
    "soundings/portfolio/v1/suggestions.proto",
    "soundings/mailbox/v1/dead_letters.proto",
];

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script where to write by its environment")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=soundings");
    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_source_info(true).include_imports(true).open_files(FILES)?;
    // The set that protox encodes keeps extension options, which the prost types would drop.
    let out = PathBuf::from(env::var("OUT_DIR")?).join("descriptors.binpb");
    fs::write(&out, compiler.encode_file_descriptor_set())?;
    let mut config = prost_build::Config::new();
    config.enable_type_names();
    tonic_prost_build::configure().compile_fds_with_config(compiler.file_descriptor_set(), config)?;
    Ok(())
}
