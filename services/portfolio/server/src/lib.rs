//! The portfolio service: work items, rankings, explanations.
