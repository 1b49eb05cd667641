//! The service on real databases, with response events as consultation sends them.

mod anything;
mod bad_input;
mod campaigns;
mod codebooks;
mod counts;
mod decisions;
mod emerging;
mod evaluation;
mod evidence;
mod files;
mod learning;
mod matching;
mod mentions;
mod models;
mod reassigned_signals;
mod reassignment;
mod reference_case;
mod replay;
mod reviews;
mod setup;
mod splitting;
mod stances;
mod views;
mod watching;
