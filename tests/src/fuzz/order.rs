//! Any bytes as chances: what is written, edited, crashed, lost, delayed and restarted on one node. The story is that of the seeded worlds,
//! with their invariants at each step and their end, in which all heals and the node becomes what the reference model reads from its folder.

use super::Broken;
use crate::seeds::{dice::Dice, tell_with};

pub(super) fn run(bytes: &[u8]) -> Result<(), Broken> {
    let told = tell_with(Dice::of_bytes(bytes));
    told.broken.map_or(Ok(()), |(why, journal)| Err(format!("{why}\n{journal}")))
}
