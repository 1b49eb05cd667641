//! The service on real databases, with response events as consultation sends them.

mod campaigns;
mod codebooks;
mod counts;
mod mentions;
mod reference_case;
mod replay;
mod setup;
