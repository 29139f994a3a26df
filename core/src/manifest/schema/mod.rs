//! What fields a Pod has, and a walk that holds a document against them, as Go's JSON decoder does with Kubernetes' structs.
//!
//! The walk keeps what fits, drops what the kubelet ignores and says so, and reports what it refuses in the kubelet's words. The table is
//! generated (`cargo xtask schema`); it is **not** a validator: which values make sense is for the checks.

pub(crate) mod fields;
mod help;
mod kept;
mod table;
mod time;
mod unknown;
mod walk;

pub(super) use walk::{Misfit, decode, metadata_misfit};

/// A struct of the API.
#[derive(Debug)]
pub(super) struct Type {
    /// Its name in Go, without the package.
    pub name: &'static str,
    /// Its fields, by name.
    pub fields: &'static [Slot],
}

/// A field of a struct.
#[derive(Debug)]
pub(super) struct Slot {
    /// Its name.
    pub name: &'static str,
    /// The embedded struct that it comes from, which Go's errors name; empty when it is the struct's own.
    pub embedded: &'static str,
    /// What it takes.
    pub shape: Shape,
}

/// What a field takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// A string; with the name of its type in Go.
    Text(&'static str),
    /// A boolean.
    Bool,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// A quantity, as text or number.
    Quantity,
    /// A whole number or a string.
    IntOrString,
    /// A time, as RFC 3339 text.
    Time,
    /// Anything.
    Any,
    /// A map with keys of the author's own; with the name of its type in Go.
    Map(&'static str, &'static Self),
    /// A list.
    List(&'static Self),
    /// The struct with this index.
    Struct(usize),
}

const fn own(name: &'static str, shape: Shape) -> Slot {
    Slot { name, embedded: "", shape }
}

const fn embedded(name: &'static str, embedded: &'static str, shape: Shape) -> Slot {
    Slot { name, embedded, shape }
}

impl Shape {
    /// The type as Go's errors print it.
    fn go_name(self) -> String {
        match self {
            Self::Text(name) | Self::Map(name, _) => name.into(),
            Self::Bool => "bool".into(),
            Self::Int32 | Self::IntOrString => "int32".into(),
            Self::Int64 => "int64".into(),
            Self::Quantity => "resource.Quantity".into(),
            Self::Time => "string".into(),
            Self::Any => "interface {}".into(),
            Self::List(item) => format!("[]{}", item.go_name()),
            Self::Struct(index) => format!("v1.{}", table::TYPES.get(index).map_or("", |found| found.name)),
        }
    }
}

#[cfg(test)]
mod tests;
