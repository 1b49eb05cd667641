//! Documents in formats that take a library to write.
pub mod docx;
pub mod xlsx;
