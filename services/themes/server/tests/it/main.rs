//! The service on real databases, with response events as consultation sends them.

mod anything;
mod campaigns;
mod codebooks;
mod counts;
mod decisions;
mod emerging;
mod evidence;
mod files;
mod matching;
mod mentions;
mod reassignment;
mod reference_case;
mod replay;
mod reviews;
mod setup;
mod views;
mod watching;
