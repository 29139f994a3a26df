//! What people type at a terminal, and what they read: text in, text out, over a simulated world.

pub mod print;
