//! The rules of prioritisation: demand, value, ranking, explanation, in integers. Pure.
